using System.Net;
using Coworking.Reservations.CheckIns;
using Coworking.Reservations.Tests.CheckIns;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Bookings;

/// <summary>What of a booking stands fast, and for whom. Bookings that run now were placed by staff.</summary>
public sealed class MoveRulesTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    private const string Fixed = "A booking that is in progress keeps its space, its start and its client: complete it and make another";

    [Fact]
    public async Task A_running_booking_that_was_approved_stays_so_when_its_end_is_moved()
    {
        var (space, other, now) = (await host.SpaceAsync(), await host.SpaceAsync(), TimeProvider.System.GetUtcNow());
        var running = await RunsAsync(space, now);
        await host.PolicyAsync(space, """{"requiresApproval":true}""");
        await host.PolicyAsync(other, """{"requiresApproval":true}""");
        Assert.Equal("confirmed", (await host.User.PatchAsync($"/bookings/{running}", new { endTime = now.AddHours(2) })).Is(HttpStatusCode.OK)["status"].GetString());
        await host.At(now.AddMinutes(1)).RunAsync<Lapses>();
        Assert.Equal("confirmed", await host.StatusAsync(running));

        // Nobody can approve it there before it begins.
        (await host.User.PatchAsync($"/bookings/{running}", new { spaceId = other })).Refuses(
            HttpStatusCode.Conflict, "The space asks for approval, for which it is too late once the booking has begun", "booking.running");
        var later = (await host.User.PatchAsync($"/bookings/{running}", new { startTime = now.AddHours(5), endTime = now.AddHours(6) })).Is(HttpStatusCode.OK);
        Assert.Equal("pending", later["status"].GetString());
    }

    [Fact]
    public async Task What_waited_for_approval_is_confirmed_where_nobody_asks_for_it()
    {
        var (guarded, open, monday) = (await host.SpaceAsync(), await host.SpaceAsync(), Stage.Monday());
        await host.PolicyAsync(guarded, """{"requiresApproval":true}""");
        var asked = await host.BookAsync(guarded, monday);
        Assert.Equal("pending", asked["status"].GetString());
        // Other words change nothing of what staff is asked.
        Assert.Equal("pending", (await host.User.PatchAsync($"/bookings/{asked.Id}", new { clientName = "Ana" })).Is(HttpStatusCode.OK)["status"].GetString());
        Assert.Equal("pending", (await host.User.PatchAsync($"/bookings/{asked.Id}", new { startTime = monday.AddHours(2), endTime = monday.AddHours(3) })).Is(HttpStatusCode.OK)["status"].GetString());

        Assert.Equal("confirmed", (await host.User.PatchAsync($"/bookings/{asked.Id}", new { spaceId = open })).Is(HttpStatusCode.OK)["status"].GetString());

        Assert.NotNull(await host.ScalarAsync<DateTime?>("select next_reminder_at from bookings where id = $1", asked.Id));
    }

    [Fact]
    public async Task Whom_staff_let_in_already_is_not_asked_to_wait()
    {
        var (space, now) = (await host.SpaceAsync(), TimeProvider.System.GetUtcNow());
        await host.PolicyAsync(space, """{"requiresApproval":true}""");
        var wish = Stage.Wish(space, now.AddMinutes(-2));
        Assert.Equal("confirmed", (await host.Reception.PostAsync("/bookings?dryRun=true", wish)).Is(HttpStatusCode.OK)["status"].GetString());

        var walkIn = (await host.Reception.PostAsync("/bookings", wish)).Is(HttpStatusCode.Created);

        await host.At(now.AddMinutes(1)).RunAsync<Lapses>();
        Assert.Equal("confirmed", await host.StatusAsync(walkIn.Id));
        Assert.Equal("pending", (await host.Reception.PostAsync("/bookings", Stage.Wish(space, now.AddHours(3)))).Is(HttpStatusCode.Created)["status"].GetString());
    }

    [Fact]
    public async Task Who_has_come_keeps_space_start_and_client_whoever_asks_and_may_change_the_end_and_details()
    {
        var (space, other, monday) = (await host.SpaceAsync(), await host.SpaceAsync(), Stage.Monday());
        var booking = await host.BookAsync(space, monday.AddHours(9));
        // Early, within the window: the start is still to come.
        Assert.Equal((200, null), await host.At(monday.AddHours(9).AddMinutes(-5)).CheckInAsync(booking.Id));

        foreach (var client in new[] { host.User, host.Reception, host.Admin })
        {
            foreach (var change in new object[] { new { startTime = monday.AddHours(8) }, new { spaceId = other }, new { clientEmail = Stage.Email() } })
            {
                (await client.PatchAsync($"/bookings/{booking.Id}", change)).Refuses(HttpStatusCode.Conflict, Fixed, "booking.running");
            }
        }

        var changed = (await host.User.PatchAsync($"/bookings/{booking.Id}", new { endTime = monday.AddHours(11), clientName = "Ana" })).Is(HttpStatusCode.OK);
        Assert.Equal(("in_progress", "Ana"), (changed["status"].GetString(), changed["clientName"].GetString()));
        (await host.User.PatchAsync($"/bookings/{booking.Id}", new { endTime = monday.AddHours(9.5) })).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_series_that_moves_leaves_alone_whoever_has_come_early()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        _ = Stage.Monday();
        var first = new { start = monday.AddHours(9), end = monday.AddHours(10) };
        var body = new { spaceId = space, clientEmail = Stage.Email(), first, repeat = new { every = "week", count = 2 } };
        var made = (await host.User.PostAsync("/booking-series", body)).Is(HttpStatusCode.Created);
        var here = await host.ScalarAsync<Guid>("select id from bookings where series_id = $1 order by start_time limit 1", made.Id);
        Assert.Equal((200, null), await host.At(monday.AddHours(9).AddMinutes(-5)).CheckInAsync(here));
        (await host.User.PatchAsync($"/booking-series/{made.Id}", new { scope = "all", changes = new { startTime = "11:00", endTime = "12:00" } })).Is(HttpStatusCode.OK);
        Assert.Equal(
            [monday.AddHours(9).UtcDateTime, monday.AddDays(7).AddHours(11).UtcDateTime],
            await host.ScalarAsync<DateTime[]>("select array_agg(start_time order by start_time) from bookings where series_id = $1", made.Id));
    }

    [Fact]
    public async Task Who_may_no_longer_cancel_may_not_move_away_either()
    {
        var (space, other, start) = (await host.SpaceAsync(), await host.SpaceAsync(), TimeProvider.System.GetUtcNow().AddHours(1));
        var booking = await host.BookAsync(space, start, hours: 2);
        await host.PolicyAsync(space, """{"cancelUntilMinutes":120}""");
        var path = $"/bookings/{booking.Id}";

        foreach (var away in new object[] { new { startTime = start.AddDays(7), endTime = start.AddDays(7).AddHours(2) }, new { startTime = start.AddMinutes(1) }, new { spaceId = other }, new { endTime = start.AddHours(1) } })
        {
            (await host.User.PatchAsync(path, away)).Refuses(HttpStatusCode.Conflict, "A booking of this space may be cancelled until 120 minutes before it starts", "booking.cancel_too_late");
        }

        (await host.User.PatchAsync(path, new { clientName = "Ana", endTime = start.AddHours(3) })).Is(HttpStatusCode.OK);

        // A later end that would have to be approved again could be withdrawn while it waits.
        await host.ExecuteAsync("""update space_policies set members = '{"cancelUntilMinutes":120,"requiresApproval":true}' where space_id = $1""", space);
        Assert.Equal("booking.cancel_too_late", (await host.User.PatchAsync(path, new { endTime = start.AddHours(4) })).Is(HttpStatusCode.Conflict).Code);
        (await host.Reception.PatchAsync(path, new { startTime = start.AddHours(6), endTime = start.AddHours(7) })).Is(HttpStatusCode.OK);
        // From far away it may.
        Assert.Equal("pending", (await host.User.PatchAsync(path, new { startTime = start.AddHours(8), endTime = start.AddHours(9) })).Is(HttpStatusCode.OK)["status"].GetString());
    }

    private async Task<Guid> RunsAsync(Guid space, DateTimeOffset now) =>
        (await host.Admin.PostAsync("/bookings", Stage.Wish(space, now.AddMinutes(-30)))).Is(HttpStatusCode.Created).Id;
}
