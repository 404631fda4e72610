using System.Net;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Locations;

public sealed class LocationsTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task A_location_is_registered_read_changed_and_removed()
    {
        var made = (await host.Admin.PostAsync("/locations", new { name = "  Torre  ", latitude = 19.4326, longitude = -99.1332, contacts = new[] { "desk@example.com" } }))
            .Is(HttpStatusCode.Created);
        Assert.Equal("Torre", made["name"].GetString());
        Assert.Equal("America/Mexico_City", made["timezone"].GetString());
        Assert.Equal(0, made["_count"].GetProperty("spaces").GetInt32());
        Assert.Equal(7, made.Id.Version);
        Assert.EndsWith("Z", made["createdAt"].GetString(), StringComparison.Ordinal);

        var space = await host.SpaceAsync(made.Id, "Sala");
        var read = (await host.User.GetAsync($"/locations/{made.Id}")).Is(HttpStatusCode.OK);
        Assert.Equal(1, read["_count"].GetProperty("spaces").GetInt32());
        Assert.Equal(space, read["spaces"][0].GetProperty("id").GetGuid());
        Assert.Equal(8, read["spaces"][0].GetProperty("capacity").GetInt32());

        var changed = (await host.Admin.PatchAsync($"/locations/{made.Id}", new { address = "Reforma 1" })).Is(HttpStatusCode.OK);
        Assert.Equal("Torre", changed["name"].GetString());
        Assert.Equal("Reforma 1", changed["address"].GetString());
        Assert.Equal(1, changed["_count"].GetProperty("spaces").GetInt32());
        var cleared = (await host.Admin.PatchAsync($"/locations/{made.Id}", new { address = (string?)null })).Is(HttpStatusCode.OK);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, cleared["address"].ValueKind);
        Assert.Equal("desk@example.com", cleared["contacts"][0].GetString());

        (await host.Admin.DeleteAsync($"/locations/{made.Id}")).Refuses(HttpStatusCode.Conflict, "Cannot delete location — it has spaces", "location.has_spaces");
        (await host.Admin.DeleteAsync($"/spaces/{space}")).Is(HttpStatusCode.NoContent);
        (await host.Admin.DeleteAsync($"/locations/{made.Id}")).Is(HttpStatusCode.NoContent);
        (await host.Admin.GetAsync($"/locations/{made.Id}")).Refuses(HttpStatusCode.NotFound, "Location not found", "location.not_found");
        (await host.Admin.DeleteAsync($"/locations/{made.Id}")).Refuses(HttpStatusCode.NotFound, "Location not found");
        Assert.Equal(1, await host.ScalarAsync<long>("select count(*) from locations where id = $1 and removed_at is not null", made.Id));
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_said_at_once()
    {
        var refused = (await host.Admin.PostAsync("/locations", new { name = " ", latitude = 90.1, longitude = -181, timezone = "Mars/Olympus", contacts = new[] { "nobody" } }))
            .Refuses(HttpStatusCode.BadRequest, "name must have 1 to 200 characters", "request.invalid");
        Assert.Equal(["latitude must be a number from -90 to 90"], refused.Errors("latitude"));
        Assert.Equal(["longitude must be a number from -180 to 180"], refused.Errors("longitude"));
        Assert.Equal(["timezone must be an IANA time zone, e.g. America/Mexico_City"], refused.Errors("timezone"));
        Assert.Contains("Invalid email", refused.Errors("contacts")[0], StringComparison.Ordinal);

        var empty = (await host.Admin.PostAsync("/locations", new { })).Is(HttpStatusCode.BadRequest);
        Assert.NotEmpty(empty.Errors("name"));
        Assert.NotEmpty(empty.Errors("latitude"));
        Assert.NotEmpty(empty.Errors("longitude"));
    }

    [Fact]
    public async Task Names_count_characters_and_not_code_units()
    {
        (await host.Admin.PostAsync("/locations", new { name = string.Concat(Enumerable.Repeat("🏢", 200)), latitude = 90, longitude = 180 })).Is(HttpStatusCode.Created);
        (await host.Admin.PostAsync("/locations", new { name = string.Concat(Enumerable.Repeat("🏢", 201)), latitude = -90, longitude = -180 })).Is(HttpStatusCode.BadRequest);
        (await host.Admin.PostAsync("/locations", new { name = "a\0b", latitude = 0, longitude = 0 })).Is(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_change_that_would_break_a_rule_changes_nothing()
    {
        var id = await host.LocationAsync();
        (await host.Admin.PatchAsync($"/locations/{id}", new { name = "New", latitude = 200 })).Refuses(HttpStatusCode.BadRequest, "latitude must be a number from -90 to 90");
        (await host.Admin.PatchAsync($"/locations/{id}", new { latitude = (double?)null })).Is(HttpStatusCode.BadRequest);
        Assert.Equal("House", (await host.User.GetAsync($"/locations/{id}"))["name"].GetString());
        Assert.Equal(1, await host.ScalarAsync<long>("select version from locations where id = $1", id));

        (await host.Admin.PatchAsync($"/locations/{id}", new { })).Is(HttpStatusCode.OK);
        Assert.Equal(1, await host.ScalarAsync<long>("select version from locations where id = $1", id));
    }

    [Fact]
    public async Task A_new_zone_is_news_of_every_space()
    {
        var id = await host.LocationAsync("UTC");
        var (first, second) = (await host.SpaceAsync(id), await host.SpaceAsync(id));
        (await host.Admin.PatchAsync($"/locations/{id}", new { timezone = "Europe/Madrid" })).Is(HttpStatusCode.OK);
        Assert.Equal(2, await host.ScalarAsync<long>("select count(*) from spaces where id = any($1) and version = 2", new[] { first, second }));
    }

    [Fact]
    public async Task Lists_go_by_name_as_people_sort_and_in_pages()
    {
        foreach (var name in new[] { "zeta", "Árbol", "beta", "Alfa" })
        {
            await host.LocationAsync(name: "list " + name);
        }

        var all = (await host.User.GetAsync("/locations?pageSize=100")).Is(HttpStatusCode.OK);
        var names = all.Data.EnumerateArray().Select(row => row.GetProperty("name").GetString()!).Where(name => name.StartsWith("list ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(["list Alfa", "list Árbol", "list beta", "list zeta"], names);

        var total = all["meta"].GetProperty("total").GetInt32();
        var page = (await host.User.GetAsync("/locations?page=2&pageSize=2")).Is(HttpStatusCode.OK);
        Assert.Equal(all.Ids()[2..4], page.Ids());
        Assert.Equal(2, page["meta"].GetProperty("page").GetInt32());
        Assert.Equal(total, page["meta"].GetProperty("total").GetInt32());
        Assert.Equal((total + 1) / 2, page["meta"].GetProperty("totalPages").GetInt32());

        var past = (await host.User.GetAsync("/locations?page=2147483647&pageSize=100")).Is(HttpStatusCode.OK);
        Assert.Empty(past.Ids());
        Assert.Equal(total, past["meta"].GetProperty("total").GetInt32());
    }
}
