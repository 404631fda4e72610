using System.Net;
using System.Text.Json;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Spaces;

public sealed class SpacesTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task A_space_is_registered_read_changed_and_removed()
    {
        var location = await host.LocationAsync("Europe/Madrid");
        var made = (await host.Admin.PostAsync("/spaces", new { locationId = location, name = "Sala Azul", reference = "AZ", capacity = 8, description = "Blue" })).Is(HttpStatusCode.Created);
        Assert.Equal(location, made["location"].GetProperty("id").GetGuid());
        Assert.Equal("House", made["location"].GetProperty("name").GetString());
        Assert.Equal(0, made["_count"].GetProperty("bookings").GetInt32());
        Assert.True(made["bookable"].GetBoolean() && made["active"].GetBoolean());
        Assert.Equal("meeting_room", made["kind"].GetString());

        var read = (await host.User.GetAsync($"/spaces/{made.Id}")).Is(HttpStatusCode.OK);
        Assert.Equal("Europe/Madrid", read["location"].GetProperty("timezone").GetString());
        Assert.Equal(JsonValueKind.Null, read["officeHours"].ValueKind);
        Assert.Equal(JsonValueKind.Null, read["deviceDesired"].ValueKind);
        Assert.Equal(JsonValueKind.Null, read["deviceReported"].ValueKind);

        var changed = (await host.Admin.PatchAsync(
            $"/spaces/{made.Id}", new { capacity = 12, reference = (string?)null, climate = new { tempMin = 18, tempMax = 26 }, amenities = new[] { "screen" }, bufferAfter = 15 })).Is(HttpStatusCode.OK);
        Assert.Equal(12, changed["capacity"].GetInt32());
        Assert.Equal(JsonValueKind.Null, changed["reference"].ValueKind);
        Assert.Equal("Blue", changed["description"].GetString());
        Assert.Equal(26, changed["climate"].GetProperty("tempMax").GetDouble());
        Assert.Equal(15, changed["bufferAfter"].GetInt32());

        (await host.Admin.DeleteAsync($"/spaces/{made.Id}")).Is(HttpStatusCode.NoContent);
        (await host.User.GetAsync($"/spaces/{made.Id}")).Refuses(HttpStatusCode.NotFound, "Space not found", "space.not_found");
        (await host.Admin.DeleteAsync($"/spaces/{made.Id}")).Refuses(HttpStatusCode.NotFound, "Space not found");
        (await host.Admin.PatchAsync($"/spaces/{made.Id}", new { name = "x" })).Refuses(HttpStatusCode.NotFound, "Space not found");
        Assert.DoesNotContain(made.Id.ToString(), (await host.User.GetAsync($"/spaces?locationId={location}")).Ids());
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_said_at_once()
    {
        var refused = (await host.Admin.PostAsync(
            "/spaces",
            new
            {
                locationId = "x",
                name = new string('n', 201),
                reference = new string('r', 501),
                capacity = 0,
                description = new string('d', 2001),
                kind = "castle",
                bufferBefore = -1,
                climate = new { tempMin = 8, tempMax = 2 },
            })).Refuses(HttpStatusCode.BadRequest, "locationId must be a valid UUID", "request.invalid");
        Assert.Equal(["name must have 1 to 200 characters"], refused.Errors("name"));
        Assert.Equal(["reference must have at most 500 characters"], refused.Errors("reference"));
        Assert.Equal(["capacity must be a whole number of at least 1"], refused.Errors("capacity"));
        Assert.Equal(["description must have at most 2000 characters"], refused.Errors("description"));
        Assert.Single(refused.Errors("kind"));
        Assert.Single(refused.Errors("bufferBefore"));
        Assert.Equal(["climate.tempMin must be below climate.tempMax"], refused.Errors("climate.tempMin"));
    }

    [Fact]
    public async Task An_unknown_location_is_not_found()
    {
        var body = new { locationId = Guid.CreateVersion7(), name = "Room", capacity = 1 };
        (await host.Admin.PostAsync("/spaces", body)).Refuses(HttpStatusCode.NotFound, "Location not found", "location.not_found");
        var space = await host.SpaceAsync();
        (await host.Admin.PatchAsync($"/spaces/{space}", new { body.locationId })).Refuses(HttpStatusCode.NotFound, "Location not found");
        (await host.Admin.PatchAsync($"/spaces/{space}", new { locationId = "nowhere" })).Refuses(HttpStatusCode.BadRequest, "locationId must be a valid UUID");
    }

    [Fact]
    public async Task A_pantry_is_monitored_and_not_booked()
    {
        var pantry = await host.SpaceAsync(more: new { kind = "pantry" });
        Assert.False((await host.User.GetAsync($"/spaces/{pantry}"))["bookable"].GetBoolean());
        (await host.Admin.PatchAsync($"/spaces/{pantry}", new { bookable = true })).Refuses(HttpStatusCode.BadRequest, "bookable must be false for a pantry");
        (await host.User.PostAsync("/bookings", Stage.Wish(pantry, Stage.Monday()))).Refuses(HttpStatusCode.Conflict, "The space cannot be booked", "booking.space_not_bookable");

        var room = await host.SpaceAsync();
        Assert.False((await host.Admin.PatchAsync($"/spaces/{room}", new { kind = "server_room" })).Is(HttpStatusCode.OK)["bookable"].GetBoolean());
    }

    [Fact]
    public async Task A_space_with_bookings_to_come_stays()
    {
        var space = await host.SpaceAsync();
        var booking = await host.BookAsync(space, Stage.Monday());
        Assert.Equal(1, (await host.User.GetAsync($"/spaces/{space}"))["_count"].GetProperty("bookings").GetInt32());
        (await host.Admin.DeleteAsync($"/spaces/{space}")).Refuses(HttpStatusCode.Conflict, "Cannot delete space — it has active reservations", "space.has_bookings");
        (await host.User.DeleteAsync($"/bookings/{booking.Id}")).Is(HttpStatusCode.NoContent);
        Assert.Equal(0, (await host.User.GetAsync($"/spaces/{space}"))["_count"].GetProperty("bookings").GetInt32());
        (await host.Admin.DeleteAsync($"/spaces/{space}")).Is(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Past_bookings_do_not_keep_a_space_and_still_name_it()
    {
        var space = await host.SpaceAsync(name: "Gone");
        var past = (await host.Admin.PostAsync("/bookings", Stage.Wish(space, TimeProvider.System.GetUtcNow().AddDays(-2)))).Is(HttpStatusCode.Created);
        (await host.Admin.DeleteAsync($"/spaces/{space}")).Is(HttpStatusCode.NoContent);
        Assert.Equal("Gone", (await host.User.GetAsync($"/bookings/{past.Id}")).Is(HttpStatusCode.OK)["space"].GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_space_that_moves_takes_its_bookings_along()
    {
        var (from, to) = (await host.LocationAsync(), await host.LocationAsync());
        var space = await host.SpaceAsync(from);
        var booking = await host.BookAsync(space, Stage.Monday());
        var moved = (await host.Admin.PatchAsync($"/spaces/{space}", new { locationId = to })).Is(HttpStatusCode.OK);
        Assert.Equal(to, moved["locationId"].GetGuid());
        Assert.Equal(to, moved["location"].GetProperty("id").GetGuid());
        var after = await host.User.GetAsync($"/bookings/{booking.Id}");
        Assert.Equal(to, after["locationId"].GetGuid());
        Assert.Equal(2, after["version"].GetInt64());
        (await host.Admin.DeleteAsync($"/locations/{from}")).Is(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Lists_filter_by_location()
    {
        var location = await host.LocationAsync();
        var (b, a) = (await host.SpaceAsync(location, "b"), await host.SpaceAsync(location, "A"));
        var list = (await host.User.GetAsync($"/spaces?locationId={location}")).Is(HttpStatusCode.OK);
        Assert.Equal([a.ToString(), b.ToString()], list.Ids());
        Assert.Equal(2, list["meta"].GetProperty("total").GetInt32());
        Assert.Empty((await host.User.GetAsync($"/spaces?locationId={Guid.CreateVersion7()}")).Is(HttpStatusCode.OK).Ids());
        (await host.User.GetAsync("/spaces?locationId=x")).Refuses(HttpStatusCode.BadRequest, "locationId must be a valid UUID");
        Assert.True((await host.User.GetAsync("/spaces"))["meta"].GetProperty("total").GetInt32() >= 2);
    }
}
