using System.Net;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Bookings;

public sealed class TurnBookingTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    private static readonly string[] All = ["held", "pending", "confirmed", "in_progress", "completed", "cancelled", "rejected", "no_show"];

    private static readonly Dictionary<string, string> Verbs = new()
    {
        ["confirm"] = "confirmed",
        ["reject"] = "rejected",
        ["start"] = "in_progress",
        ["complete"] = "completed",
        ["cancel"] = "cancelled",
        ["no-show"] = "no_show",
    };

    // As the specification lists them.
    private static readonly HashSet<(string, string)> Legal =
    [
        ("held", "confirmed"), ("held", "cancelled"), ("pending", "confirmed"), ("pending", "rejected"), ("pending", "cancelled"),
        ("confirmed", "in_progress"), ("confirmed", "completed"), ("confirmed", "cancelled"), ("confirmed", "no_show"),
        ("in_progress", "completed"), ("in_progress", "cancelled"),
    ];

    [Fact]
    public async Task Every_pair_of_states_is_a_legal_move_or_refused_by_both_names()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var hour = 0;

        foreach (var from in All)
        {
            foreach (var (verb, to) in Verbs)
            {
                var booking = await BookedAsync(space, monday.AddHours(hour++), from);
                var answer = await host.Reception.PostAsync($"/bookings/{booking}/{verb}", new { reason = "because" });
                await ExpectAsync(booking, from, to, answer);

                var patched = await BookedAsync(space, monday.AddHours(hour++), from);
                await ExpectAsync(patched, from, to, await host.Admin.PatchAsync($"/bookings/{patched}", new { status = to }));
            }
        }
    }

    [Fact]
    public async Task A_move_says_its_reason_and_shows_the_row_with_its_ETag()
    {
        var booking = await host.BookAsync(await host.SpaceAsync(), Stage.Monday());
        (await host.Admin.PostAsync($"/bookings/{booking.Id}/start", new { })).Is(HttpStatusCode.OK);
        var done = (await host.Admin.PostAsync($"/bookings/{booking.Id}/cancel", new { reason = "  flood 🌊 " })).Is(HttpStatusCode.OK);
        Assert.Equal(("flood 🌊", "\"3\"", "staff"), (done["statusReason"].GetString(), done.ETag, done["checkInSource"].GetString()));
        Assert.Equal(done.Body.ToString(), (await host.User.GetAsync($"/bookings/{booking.Id}?includeCancelled=true")).Body.ToString());
        (await host.Admin.PostAsync($"/bookings/{booking.Id}/cancel", new { reason = new string('x', 501) })).Refuses(HttpStatusCode.BadRequest, "reason must have at most 500 characters");
        (await host.Admin.PostAsync($"/bookings/{Guid.CreateVersion7()}/cancel", new { })).Refuses(HttpStatusCode.NotFound, "Booking not found");
        // Neither a body nor a content type is needed.
        var second = await host.BookAsync(await host.SpaceAsync(), Stage.Monday());
        (await host.User.SendAsync(HttpMethod.Post, $"/bookings/{second.Id}/cancel")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Who_may_make_which_move()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var mine = await host.BookAsync(space, monday, email: "mine@example.com");
        var foreign = await host.BookAsync(space, monday.AddHours(2));
        var customer = host.As(new Caller("c", "account", Roles.Customer, "Mine@example.com", EmailVerified: true, []));

        foreach (var verb in Verbs.Keys.Where(verb => verb != "cancel"))
        {
            (await host.User.PostAsync($"/bookings/{mine.Id}/{verb}", new { })).Is(HttpStatusCode.Forbidden);
            (await customer.PostAsync($"/bookings/{mine.Id}/{verb}", new { })).Is(HttpStatusCode.Forbidden);
        }

        (await host.User.PatchAsync($"/bookings/{mine.Id}", new { status = "in_progress" })).Refuses(
            HttpStatusCode.Forbidden, "Only ADMIN and RECEPTION may give a booking this status", "auth.forbidden");
        (await customer.PostAsync($"/bookings/{foreign.Id}/cancel", new { })).Is(HttpStatusCode.NotFound);
        (await customer.PatchAsync($"/bookings/{mine.Id}", new { status = "cancelled" })).Is(HttpStatusCode.OK);
        (await host.User.PostAsync($"/bookings/{foreign.Id}/cancel", new { })).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_status_is_one_of_the_known_and_goes_with_other_members_or_not_at_all()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());
        var booking = await host.BookAsync(space, monday);

        foreach (var wrong in new[] { null, "", "Confirmed", "done" })
        {
            (await host.Admin.PatchAsync($"/bookings/{booking.Id}", new { status = wrong })).Refuses(
                HttpStatusCode.BadRequest, "status must be one of held, pending, confirmed, in_progress, completed, cancelled, rejected, no_show");
        }

        (await host.Admin.PatchAsync($"/bookings/{booking.Id}", new { status = "held", clientName = "Ana" })).Refuses(
            HttpStatusCode.Conflict, "A booking that is confirmed cannot become held", "booking.illegal_transition");
        Assert.Equal("\"1\"", (await host.User.GetAsync($"/bookings/{booking.Id}")).ETag);
        var both = (await host.Admin.PatchAsync($"/bookings/{booking.Id}", new { status = "in_progress", clientName = "Ana" })).Is(HttpStatusCode.OK);
        Assert.Equal(("in_progress", "Ana"), (both["status"].GetString(), both["clientName"].GetString()));
        // Whoever sends back the whole row means no move.
        (await host.User.PatchAsync($"/bookings/{booking.Id}", new { status = "in_progress" })).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_stale_ETag_stops_every_move()
    {
        var booking = await host.BookAsync(await host.SpaceAsync(), Stage.Monday());

        foreach (var verb in Verbs.Keys)
        {
            (await host.Admin.SendAsync(HttpMethod.Post, $"/bookings/{booking.Id}/{verb}", ifMatch: "\"9\"")).Refuses(
                HttpStatusCode.PreconditionFailed, "The booking has changed since you read it; its version is 1", "booking.stale");
        }

        (await host.Admin.PatchAsync($"/bookings/{booking.Id}", new { status = "in_progress" }, ifMatch: "\"9\"")).Is(HttpStatusCode.PreconditionFailed);
        (await host.Admin.SendAsync(HttpMethod.Post, $"/bookings/{booking.Id}/start", ifMatch: booking.ETag)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_ends_frees_its_slot_and_what_is_over_is_not_changed()
    {
        var (space, monday) = (await host.SpaceAsync(), Stage.Monday());

        foreach (var (verb, index) in new[] { "cancel", "complete", "no-show" }.Select((verb, index) => (verb, index)))
        {
            var start = monday.AddHours(3 * index);
            var booking = await host.BookAsync(space, start);
            (await host.Admin.PostAsync($"/bookings/{booking.Id}/{verb}", new { })).Is(HttpStatusCode.OK);
            await host.BookAsync(space, start);

            if (verb != "cancel")
            {
                (await host.User.PatchAsync($"/bookings/{booking.Id}", new { clientName = "Eva" })).Refuses(
                    HttpStatusCode.Conflict, $"A booking that is {Verbs[verb]} can no longer be changed", "booking.over");
            }
        }
    }

    [Fact]
    public async Task A_running_booking_that_ends_early_is_cut_at_its_real_end_and_keeps_its_buffer()
    {
        var (space, now) = (await host.SpaceAsync(more: new { bufferAfter = 30 }), TimeProvider.System.GetUtcNow());
        var running = (await host.Admin.PostAsync("/bookings", Stage.Wish(space, now.AddHours(-1), 3))).Is(HttpStatusCode.Created);
        (await host.User.PostAsync("/bookings", Stage.Wish(space, now.AddMinutes(45)))).Is(HttpStatusCode.Conflict);
        (await host.Admin.PostAsync($"/bookings/{running.Id}/complete", new { })).Is(HttpStatusCode.OK);
        (await host.User.PostAsync("/bookings", Stage.Wish(space, now.AddMinutes(15)))).Is(HttpStatusCode.Conflict);
        (await host.User.PostAsync("/bookings", Stage.Wish(space, now.AddMinutes(45)))).Is(HttpStatusCode.Created);
    }

    private async Task<Guid> BookedAsync(Guid space, DateTimeOffset start, string status)
    {
        var booking = await host.BookAsync(space, start);
        await host.ExecuteAsync("update bookings set status = $2, held_until = case $2 when 'held' then start_time end where id = $1", booking.Id, status);
        return booking.Id;
    }

    private async Task ExpectAsync(Guid id, string from, string to, Answer answer)
    {
        if (Legal.Contains((from, to)))
        {
            Assert.Equal(to, answer.Is(HttpStatusCode.OK)["status"].GetString());
        }
        else if (from == to && answer.Status == HttpStatusCode.OK)
        {
            // A PATCH that names the present status.
            Assert.Equal(1, answer["version"].GetInt64());
        }
        else
        {
            answer.Refuses(HttpStatusCode.Conflict, $"A booking that is {from} cannot become {to}", "booking.illegal_transition");
        }

        var expected = Legal.Contains((from, to)) ? to : from;
        Assert.Equal(expected, await host.ScalarAsync<string>("select status from bookings where id = $1", id));
    }
}
