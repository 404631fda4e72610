using System.Net;
using Coworking.Reservations.CheckIns;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.CheckIns;

public sealed class EndingsTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task Confirmed_and_in_progress_become_completed_at_their_end_and_keep_their_slot()
    {
        var (space, start) = (await host.SpaceAsync(more: new { bufferAfter = 15 }), Stage.Monday().AddHours(9));
        var (came, never) = (await host.BookAsync(space, start), await host.BookAsync(space, start.AddHours(2)));
        Assert.Equal(200, (await host.At(start).CheckInAsync(came.Id)).Status);
        await using var bus = await BusProbe.OnAsync(host.Bus, "coworking:booking-ended");
        await host.At(start.AddHours(1).AddTicks(-1)).RunAsync<Completions>();
        Assert.Equal("in_progress", await host.StatusAsync(came.Id));
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => host.At(start.AddHours(3)).RunAsync<Completions>()));
        Assert.Equal(("completed", "completed"), (await host.StatusAsync(came.Id), await host.StatusAsync(never.Id)));
        Assert.Equal((3, 2), ((await host.RowAsync(came.Id)).GetProperty("version").GetInt32(), (await host.RowAsync(never.Id)).GetProperty("version").GetInt32()));
        Assert.Equal(start.AddMinutes(75).UtcDateTime, await host.ScalarAsync<DateTime>("select blocked_until from bookings where id = $1", came.Id));
        var said = (await bus.NextAsync(message => message.GetProperty("booking").GetProperty("id").GetGuid() == came.Id)).GetProperty("message");
        Assert.Equal(("completed", 3), (said.GetProperty("booking").GetProperty("status").GetString(), said.GetProperty("version").GetInt32()));
    }

    [Fact]
    public async Task An_end_that_was_moved_is_honoured()
    {
        var (space, start) = (await host.SpaceAsync(), Stage.Monday().AddHours(9));
        var booking = await host.BookAsync(space, start);
        (await host.User.PatchAsync($"/bookings/{booking.Id}", new { endTime = start.AddHours(2) })).Is(HttpStatusCode.OK);
        await host.At(start.AddHours(1)).RunAsync<Completions>();
        Assert.Equal("confirmed", await host.StatusAsync(booking.Id));
        await host.At(start.AddHours(2)).RunAsync<Completions>();
        Assert.Equal("completed", await host.StatusAsync(booking.Id));
    }

    [Fact]
    public async Task What_nobody_has_confirmed_by_its_start_is_rejected_and_its_slot_free()
    {
        var (space, start) = (await host.SpaceAsync(), Stage.Monday().AddHours(9));
        await host.PolicyAsync(space, """{"requiresApproval":true}""");
        var booking = await host.BookAsync(space, start);
        Assert.Equal("pending", await host.StatusAsync(booking.Id));
        await host.At(start.AddTicks(-1)).RunAsync<Lapses>();
        Assert.Equal("pending", await host.StatusAsync(booking.Id));
        await host.At(start).RunAsync<Completions>();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.At(start).RunAsync<Lapses>()));
        Assert.Equal(("rejected", 2), (await host.StatusAsync(booking.Id), (await host.RowAsync(booking.Id)).GetProperty("version").GetInt32()));
        await host.BookAsync(space, start);
    }

    [Fact]
    public async Task One_booking_that_breaks_holds_up_no_other()
    {
        var start = Stage.Monday().AddHours(9);
        var (broken, sound) = (await host.BookAsync(await host.SpaceAsync(), start), await host.BookAsync(await host.SpaceAsync(), start));
        // Judged first, for it is older, and every write to it fails.
        await host.ExecuteAsync($"""
            create function refuse() returns trigger language plpgsql as $$ begin raise 'broken'; end $$;
            create trigger refuse before update on bookings for each row when (old.id = '{broken.Id}') execute function refuse();
            """);
        await host.At(start.AddHours(1)).RunAsync<Completions>();
        await host.ExecuteAsync("drop trigger refuse on bookings; drop function refuse()");
        Assert.Equal(("confirmed", "completed"), (await host.StatusAsync(broken.Id), await host.StatusAsync(sound.Id)));
    }
}
