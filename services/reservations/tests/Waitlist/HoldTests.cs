using System.Net;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Waitlist;

public sealed class HoldTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    private const string Moves = "select count(*) from notices where kind = 'booking.moved' and key like 'booking/' || $1::text || '/%'";

    [Fact]
    public async Task A_hold_is_what_was_offered_until_it_is_answered_whoever_wants_it_otherwise()
    {
        var (waiter, hold) = await host.OfferedAsync();
        var (other, row) = (await host.SpaceAsync(), (await host.User.GetAsync($"/bookings/{hold}")).Is(HttpStatusCode.OK));
        var (start, end) = (row["startTime"].GetDateTimeOffset(), row["endTime"].GetDateTimeOffset());

        foreach (var client in new[] { host.User, host.Reception, host.Admin })
        {
            foreach (var change in new object[] { new { startTime = start.AddHours(2), endTime = end.AddHours(2) }, new { endTime = end.AddMinutes(1) }, new { spaceId = other }, new { clientEmail = Stage.Email() } })
            {
                (await client.PatchAsync($"/bookings/{hold}", change)).Refuses(
                    HttpStatusCode.Conflict, "A booking that is held for a waiter keeps its space, its time and its client until the offer is claimed or declined", "booking.held");
            }
        }

        // What the reception notes on it is no news to the waiter.
        (await host.Reception.PatchAsync($"/bookings/{hold}", new { inquiry = "called" })).Is(HttpStatusCode.OK);
        Assert.Equal(0, await host.ScalarAsync<long>(Moves, hold));
        (await host.Nobody().PostAsync(host.Link(waiter) + "/claim", new { })).Is(HttpStatusCode.OK);
        (await host.User.PatchAsync($"/bookings/{hold}", new { startTime = start.AddHours(2), endTime = end.AddHours(2) })).Is(HttpStatusCode.OK);
        Assert.Equal(1, await host.ScalarAsync<long>(Moves, hold));
    }

    [Fact]
    public async Task A_space_that_moves_takes_a_hold_along_and_invites_nobody_to_it()
    {
        var (waiter, hold) = await host.OfferedAsync();
        var (row, location) = ((await host.User.GetAsync($"/bookings/{hold}")).Is(HttpStatusCode.OK), await host.LocationAsync());
        var space = row["spaceId"].GetGuid();
        var booked = await host.BookAsync(space, row["startTime"].GetDateTimeOffset().AddHours(5));
        (await host.Admin.PatchAsync($"/spaces/{space}", new { locationId = location })).Is(HttpStatusCode.OK);
        Assert.Equal(2, await host.ScalarAsync<long>("select count(*) from bookings where location_id = $1", location));
        Assert.Equal((0L, 1L), (await host.ScalarAsync<long>(Moves, hold), await host.ScalarAsync<long>(Moves, booked.Id)));
        (await host.Nobody().PostAsync(host.Link(waiter) + "/claim", new { })).Is(HttpStatusCode.OK);
    }
}
