using System.Net;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Series;

/// <summary>Reception has given an occurrence of a client's series to somebody else.</summary>
public sealed class SeriesOfOthersTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task A_client_neither_sees_nor_changes_what_has_become_another_clients()
    {
        var (space, start, mine) = (await host.SpaceAsync(), Stage.Soon().AddHours(9), Stage.Email());
        var me = host.As(new Caller("me", "account", Roles.Customer, mine, EmailVerified: true, []));
        var made = (await me.PostAsync("/booking-series", SeriesTests.Body(space, start, new { every = "week", count = 3 }, email: mine))).Is(HttpStatusCode.Created);
        var (path, given) = ($"/booking-series/{made.Id}", made["occurrences"][1].GetProperty("bookingId").GetGuid());
        (await host.Reception.PatchAsync($"/bookings/{given}", new { clientEmail = Stage.Email() })).Is(HttpStatusCode.OK);

        Assert.Equal([0, 2], Indexes((await me.GetAsync(path)).Is(HttpStatusCode.OK)));
        Assert.Equal([0, 1, 2], Indexes((await host.Reception.GetAsync(path)).Is(HttpStatusCode.OK)));

        foreach (var occurrence in new[] { given.ToString(), made["occurrences"][1].GetProperty("originalStart").GetString() })
        {
            foreach (var scope in new[] { "this", "following" })
            {
                Assert.Equal("series.occurrence_not_found", (await me.PostAsync(path + "/cancel", new { scope, occurrence })).Is(HttpStatusCode.NotFound).Code);
                Assert.Equal(
                    "series.occurrence_not_found",
                    (await me.PatchAsync(path, new { scope, occurrence, changes = new { startTime = "11:00", endTime = "12:00" } })).Is(HttpStatusCode.NotFound).Code);
            }
        }

        Assert.Equal([0, 2], Indexes((await me.PatchAsync(path, new { scope = "all", changes = new { startTime = "10:00", endTime = "11:00" } })).Is(HttpStatusCode.OK)));
        Assert.Equal([0, 2, 3], Indexes((await me.PostAsync(path + "/extend", new { count = 4 })).Is(HttpStatusCode.OK)));
        Assert.Equal([0, 2, 3], Indexes((await me.PostAsync(path + "/cancel", new { scope = "all" })).Is(HttpStatusCode.OK)));
        Assert.Equal(3, await host.ScalarAsync<long>("select count(*) from bookings where series_id = $1 and status = 'cancelled'", made.Id));
        var kept = (await host.Reception.GetAsync($"/bookings/{given}")).Is(HttpStatusCode.OK);
        Assert.Equal(("confirmed", start.AddDays(7)), (kept["status"].GetString(), kept["startTime"].GetDateTimeOffset()));
    }

    private static List<int> Indexes(Answer series) => [.. series["occurrences"].EnumerateArray().Select(one => one.GetProperty("index").GetInt32())];
}
