using System.Net;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.OfficeHours;

public sealed class OfficeHoursTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task Hours_begin_with_the_usual_ones_and_are_laid_over()
    {
        var space = await host.SpaceAsync(await host.LocationAsync("Europe/Madrid"));
        (await host.User.GetAsync($"/iot/spaces/{space}/office-hours")).Refuses(HttpStatusCode.NotFound, "Office hours not found", "office_hours.not_found");

        var usual = (await host.Admin.PutAsync($"/iot/spaces/{space}/office-hours", new { })).Is(HttpStatusCode.OK);
        Assert.Equal(("09:00", "18:00", "Europe/Madrid"), (usual["openTime"].GetString(), usual["closeTime"].GetString(), usual["timezone"].GetString()));
        Assert.Equal([1, 2, 3, 4, 5], usual["workDays"].EnumerateArray().Select(day => day.GetInt32()));

        var night = (await host.Admin.PutAsync($"/iot/spaces/{space}/office-hours", new { openTime = "22:00", closeTime = "06:00", workDays = new[] { 7, 6 } })).Is(HttpStatusCode.OK);
        Assert.Equal(usual.Id, night.Id);
        Assert.Equal([6, 7], night["workDays"].EnumerateArray().Select(day => day.GetInt32()));
        var merged = (await host.Admin.PutAsync($"/iot/spaces/{space}/office-hours", new { timezone = "UTC" })).Is(HttpStatusCode.OK);
        Assert.Equal(("22:00", "06:00", "UTC"), (merged["openTime"].GetString(), merged["closeTime"].GetString(), merged["timezone"].GetString()));

        var read = (await host.User.GetAsync($"/iot/spaces/{space}/office-hours")).Is(HttpStatusCode.OK);
        Assert.Equal(merged.Body.ToString(), read.Body.ToString());
        Assert.Equal("22:00", (await host.User.GetAsync($"/spaces/{space}"))["officeHours"].GetProperty("openTime").GetString());
        Assert.Equal(4, await host.ScalarAsync<long>("select version from spaces where id = $1", space));
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_said_at_once()
    {
        var space = await host.SpaceAsync();
        var path = $"/iot/spaces/{space}/office-hours";
        var refused = (await host.Admin.PutAsync(path, new { openTime = "9:00", closeTime = "24:00", timezone = "CET/CEST", workDays = new[] { 0, 8 } }))
            .Refuses(HttpStatusCode.BadRequest, "openTime must be a time HH:mm, e.g. 09:00", "request.invalid");
        Assert.Equal(["closeTime must be a time HH:mm, e.g. 09:00"], refused.Errors("closeTime"));
        Assert.Single(refused.Errors("timezone"));
        Assert.Equal(["workDays must be different days from 1 (Monday) to 7 (Sunday), at least one"], refused.Errors("workDays"));

        foreach (var days in new int[][] { [], [1, 1] })
        {
            Assert.Single((await host.Admin.PutAsync(path, new { workDays = days })).Is(HttpStatusCode.BadRequest).Errors("workDays"));
        }

        (await host.User.GetAsync(path)).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_unknown_space_has_no_hours()
    {
        (await host.User.GetAsync($"/iot/spaces/{Guid.CreateVersion7()}/office-hours")).Refuses(HttpStatusCode.NotFound, "Space not found");
        (await host.Admin.PutAsync($"/iot/spaces/{Guid.CreateVersion7()}/office-hours", new { })).Refuses(HttpStatusCode.NotFound, "Space not found");
        (await host.User.GetAsync("/iot/spaces/x/office-hours")).Refuses(HttpStatusCode.BadRequest, "id must be a valid UUID");
    }
}
