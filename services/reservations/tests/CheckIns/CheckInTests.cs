using System.Net;
using Coworking.Hosting.Identity;
using Coworking.Reservations.CheckIns;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.CheckIns;

public sealed class CheckInTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task The_window_opens_before_the_start_and_closes_at_the_end()
    {
        var (space, start) = (await host.StrictSpaceAsync(opens: 15), Stage.Monday().AddHours(9));
        var booking = await host.BookAsync(space, start);
        Assert.Equal((409, "check_in.too_early"), await host.At(start.AddMinutes(-15).AddTicks(-1)).CheckInAsync(booking.Id));
        Assert.Equal((409, "check_in.too_late"), await host.At(start.AddHours(1)).CheckInAsync(booking.Id));
        Assert.Equal("confirmed", await host.StatusAsync(booking.Id));
        Assert.Equal((200, null), await host.At(start.AddMinutes(-15)).CheckInAsync(booking.Id));
        var row = await host.RowAsync(booking.Id);
        Assert.Equal(("in_progress", "client", 2), (row.GetProperty("status").GetString(), row.GetProperty("checkInSource").GetString(), row.GetProperty("version").GetInt32()));
        Assert.Equal(start.AddMinutes(-15), row.GetProperty("checkedInAt").GetDateTimeOffset());

        // A second time, whoever asks: the same, and nothing changes.
        Assert.Equal((200, null), await host.At(start.AddMinutes(5)).CheckInAsync(booking.Id, Moment.Admin));
        row = await host.RowAsync(booking.Id);
        Assert.Equal(("client", 2), (row.GetProperty("checkInSource").GetString(), row.GetProperty("version").GetInt32()));
    }

    [Fact]
    public async Task Staff_check_in_as_staff_and_a_client_only_its_own()
    {
        var (space, start, email) = (await host.StrictSpaceAsync(), Stage.Monday().AddHours(9), Stage.Email());
        var (hers, other, third) = (await host.BookAsync(space, start, email: email), await host.BookAsync(space, start.AddHours(1)), await host.BookAsync(space, start.AddHours(2)));
        var she = new Caller("she", "account", Roles.Customer, email.ToUpperInvariant(), EmailVerified: true, []);
        Assert.Equal((404, "booking.not_found"), await host.At(start.AddHours(1)).CheckInAsync(other.Id, she));
        Assert.Equal((404, "booking.not_found"), await host.At(start).CheckInAsync(hers.Id, she with { EmailVerified = false }));
        Assert.Equal((200, null), await host.At(start).CheckInAsync(hers.Id, she));
        Assert.Equal((200, null), await host.At(start.AddHours(1)).CheckInAsync(other.Id, Moment.Reception));
        Assert.Equal((200, null), await host.At(start.AddHours(2)).CheckInAsync(third.Id, Moment.Admin));
        Assert.Equal(("client", "staff", "staff"), (await ByAsync(hers.Id), await ByAsync(other.Id), await ByAsync(third.Id)));
    }

    [Fact]
    public async Task Only_a_confirmed_booking_that_is_as_the_client_knows_it_can_be_checked_in_to()
    {
        var start = Stage.Monday().AddHours(9);
        var booking = await host.BookAsync(await host.StrictSpaceAsync(), start);
        Assert.Equal((412, "booking.stale"), await host.At(start).CheckInAsync(booking.Id, ifMatch: "\"7\""));

        foreach (var status in new[] { "held", "pending", "completed", "rejected", "no_show" })
        {
            await host.ExecuteAsync("update bookings set status = $2 where id = $1", booking.Id, status);
            Assert.Equal((409, "booking.illegal_transition"), await host.At(start).CheckInAsync(booking.Id));
        }

        await host.ExecuteAsync("update bookings set status = 'cancelled' where id = $1", booking.Id);
        Assert.Equal((404, "booking.not_found"), await host.At(start).CheckInAsync(booking.Id));
        Assert.Equal((404, "booking.not_found"), await host.At(start).CheckInAsync(Guid.CreateVersion7()));
    }

    [Fact]
    public async Task Over_HTTP_it_answers_the_row_and_its_ETag_or_names_when_the_window_opens()
    {
        var (space, now) = (await host.SpaceAsync(), TimeProvider.System.GetUtcNow());
        var (soon, later) = (await host.BookAsync(space, now.AddMinutes(5)), await host.BookAsync(space, now.AddHours(3)));
        var answer = (await host.User.PostAsync($"/bookings/{soon.Id}/check-in", new { })).Is(HttpStatusCode.OK);
        Assert.Equal(("in_progress", "client", "\"2\""), (answer["status"].GetString(), answer["checkInSource"].GetString(), answer.ETag));
        Assert.Equal(System.Text.Json.JsonValueKind.String, answer["checkedInAt"].ValueKind);
        (await host.User.SendAsync(HttpMethod.Post, $"/bookings/{soon.Id}/check-in")).Is(HttpStatusCode.OK);
        var refused = (await host.User.PostAsync($"/bookings/{later.Id}/check-in", new { })).Is(HttpStatusCode.Conflict);
        Assert.Equal("check_in.too_early", refused.Code);
        Assert.Equal(later["startTime"].GetDateTimeOffset().AddMinutes(-10), refused["opensAt"].GetDateTimeOffset());
        (await host.User.PostAsync("/bookings/x/check-in", new { })).Is(HttpStatusCode.BadRequest);
        (await host.User.PostAsync($"/bookings/{soon.Id}/undo-release", new { })).Is(HttpStatusCode.Forbidden);
        Assert.Equal("booking.illegal_transition", (await host.Admin.PostAsync($"/bookings/{soon.Id}/undo-release", new { })).Is(HttpStatusCode.Conflict).Code);
        (await host.Nobody().PostAsync($"/bookings/{soon.Id}/check-in", new { })).Is(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_release_is_undone_while_the_slot_is_free_and_not_after()
    {
        var (space, start) = (await host.StrictSpaceAsync(more: new { bufferAfter = 15 }), Stage.Monday().AddHours(9));
        var booking = await host.BookAsync(space, start, hours: 2);
        Assert.Equal((409, "booking.illegal_transition"), await host.At(start).UndoAsync(booking.Id));
        await host.At(start.AddMinutes(10)).RunAsync<NoShows>();
        Assert.Equal("no_show", await host.StatusAsync(booking.Id));
        Assert.Equal((200, null), await host.At(start.AddMinutes(12)).UndoAsync(booking.Id));
        var row = await host.RowAsync(booking.Id);
        Assert.Equal(("in_progress", "staff", 3), (row.GetProperty("status").GetString(), row.GetProperty("checkInSource").GetString(), row.GetProperty("version").GetInt32()));
        Assert.Equal(start.AddMinutes(135).UtcDateTime, await host.ScalarAsync<DateTime>("select blocked_until from bookings where id = $1", booking.Id));
        await host.At(start.AddMinutes(13)).RunAsync<NoShows>();
        Assert.Equal("in_progress", await host.StatusAsync(booking.Id));
        (await host.User.PostAsync("/bookings", Stage.Wish(space, start.AddHours(1)))).Is(HttpStatusCode.Conflict);

        var second = await host.BookAsync(space, start.AddHours(3), hours: 2);
        await host.At(start.AddHours(3).AddMinutes(10)).RunAsync<NoShows>();
        var holder = await host.BookAsync(space, start.AddHours(4));
        Assert.Equal((409, "booking.slot_taken"), await host.At(start.AddHours(3).AddMinutes(20)).UndoAsync(second.Id));
        (await host.User.DeleteAsync($"/bookings/{holder.Id}")).Is(HttpStatusCode.NoContent);
        Assert.Equal((409, "booking.over"), await host.At(start.AddHours(5)).UndoAsync(second.Id));
        Assert.Equal((200, null), await host.At(start.AddHours(5).AddTicks(-1)).UndoAsync(second.Id));
        Assert.Equal((404, "booking.not_found"), await host.At(start).UndoAsync(Guid.CreateVersion7()));
    }

    [Fact]
    public async Task Of_an_undo_and_rivals_for_the_slot_one_wins()
    {
        var start = Stage.Monday().AddHours(9);

        for (var round = 0; round < 5; round++)
        {
            var space = await host.StrictSpaceAsync();
            var booking = await host.BookAsync(space, start, hours: 2);
            await host.At(start.AddMinutes(10)).RunAsync<NoShows>();
            var rivals = Enumerable.Range(0, 4).Select(_ => host.User.PostAsync("/bookings", Stage.Wish(space, start.AddHours(1)))).ToList();
            var (undo, answers) = (await host.At(start.AddMinutes(12)).UndoAsync(booking.Id), await Task.WhenAll(rivals));
            Assert.Equal(1, answers.Count(answer => answer.Status == HttpStatusCode.Created) + (undo.Status == 200 ? 1 : 0));
            Assert.True(undo is (200, null) or (409, "booking.slot_taken"), $"{undo}");
        }
    }

    private async Task<string?> ByAsync(Guid booking) => (await host.RowAsync(booking)).GetProperty("checkInSource").GetString();
}
