using Coworking.Contracts;
using Coworking.Local;
using Coworking.Reservations.CheckIns;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.CheckIns;

public sealed class SensorCheckInTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task People_who_come_in_the_window_check_in_whether_or_not_they_must()
    {
        var (space, start) = (await host.SpaceAsync(), Stage.Monday().AddHours(9));
        var booking = await host.BookAsync(space, start);
        await host.At(start.AddMinutes(-11)).HearAsync(space, "occupied", sinceMinutesAgo: 2, people: 1);
        Assert.Equal("confirmed", await host.StatusAsync(booking.Id));
        await host.At(start.AddMinutes(-10)).HearAsync(space, "vacant", sinceMinutesAgo: 2, people: 0, version: 2);
        await host.At(start.AddMinutes(-5)).HearAsync(space, "occupied", sinceMinutesAgo: 2, people: 4, version: 3);
        var row = await host.RowAsync(booking.Id);
        Assert.Equal(("in_progress", "sensor"), (row.GetProperty("status").GetString(), row.GetProperty("checkInSource").GetString()));
        Assert.Equal((4, 3), (row.GetProperty("checkInEvidence").GetProperty("occupancy").GetProperty("headCount").GetInt32(), row.GetProperty("checkInEvidence").GetProperty("occupancy").GetProperty("version").GetInt32()));
    }

    [Fact]
    public async Task A_meeting_that_overruns_does_not_check_in_the_next()
    {
        var (space, start) = (await host.StrictSpaceAsync(), Stage.Monday().AddHours(9));
        var (first, next) = (await host.BookAsync(space, start), await host.BookAsync(space, start.AddHours(1)));
        await host.At(start.AddMinutes(3)).HearAsync(space, "occupied", sinceMinutesAgo: 2, people: 4);
        Assert.Equal(("in_progress", "confirmed"), (await host.StatusAsync(first.Id), await host.StatusAsync(next.Id)));

        // Inside the next one's window, before and after its start: they are still the same people.
        await host.At(start.AddMinutes(55)).HearAsync(space, "occupied", sinceMinutesAgo: 54, people: 4);
        await host.At(start.AddMinutes(60)).RunAsync<Completions>();
        await host.At(start.AddMinutes(62)).HearAsync(space, "occupied", sinceMinutesAgo: 61, people: 4);
        Assert.Equal(("completed", "confirmed"), (await host.StatusAsync(first.Id), await host.StatusAsync(next.Id)));

        // They left, and others came.
        await host.At(start.AddMinutes(66)).HearAsync(space, "vacant", sinceMinutesAgo: 2, people: 0, version: 2);
        await host.At(start.AddMinutes(69)).HearAsync(space, "occupied", sinceMinutesAgo: 2, people: 2, version: 3);
        Assert.Equal("in_progress", await host.StatusAsync(next.Id));
    }

    [Fact]
    public async Task While_one_booking_runs_people_belong_to_it_and_not_to_the_next_whose_window_is_open()
    {
        var (space, start) = (await host.StrictSpaceAsync(opens: 30), Stage.Monday().AddHours(9));
        var (first, next) = (await host.BookAsync(space, start), await host.BookAsync(space, start.AddHours(1)));
        await host.At(start.AddMinutes(45)).HearAsync(space, "occupied", sinceMinutesAgo: 2, people: 4);
        Assert.Equal(("in_progress", "confirmed"), (await host.StatusAsync(first.Id), await host.StatusAsync(next.Id)));
    }

    [Fact]
    public async Task News_of_long_ago_check_nobody_in_and_older_versions_change_nothing()
    {
        var (space, start) = (await host.StrictSpaceAsync(), Stage.Monday().AddHours(9));
        var booking = await host.BookAsync(space, start);
        await host.At(start.AddMinutes(8)).HearAsync(space, "occupied", sinceMinutesAgo: 8, people: 1, version: 3, sampleMinutesAgo: 6);
        await host.At(start.AddMinutes(8)).HearAsync(space, "occupied", sinceMinutesAgo: 8, people: 1, version: 4, saidMinutesAgo: 6);
        Assert.Equal("confirmed", await host.StatusAsync(booking.Id));
        // Overtaken on its way.
        await host.At(start.AddMinutes(9)).HearAsync(space, "vacant", sinceMinutesAgo: 60, people: 0, version: 2);
        // A snapshot: said anew, resting on what was noted then. It renews nothing, and makes nothing older.
        await host.At(start.AddMinutes(9)).HearAsync(space, "occupied", sinceMinutesAgo: 9, people: 1, version: 4, sampleMinutesAgo: 30);
        Assert.Equal((4L, start.AddMinutes(8).UtcDateTime), (
            await host.ScalarAsync<long>("select version from space_occupancies where space_id = $1", space),
            await host.ScalarAsync<DateTime>("select last_sample_at from space_occupancies where space_id = $1", space)));
    }

    [Fact]
    public async Task On_the_bus_news_of_a_space_check_in_the_booking_that_is_due_and_a_device_is_noted()
    {
        var (space, other, now) = (await host.SpaceAsync(), await host.SpaceAsync(), TimeProvider.System.GetUtcNow());
        var booking = await host.BookAsync(space, now.AddMinutes(5));
        await using var bus = await BusProbe.OnAsync(host.Bus, "coworking:booking-started");
        await Wait.UntilAsync(() => bus.StandsAsync("reservations-occupancy"), Limit, "the queue stands", TestContext.Current.CancellationToken);
        var went = new DeviceWentOffline(Guid.CreateVersion7(), now, 1, Guid.CreateVersion7(), other, null);
        await bus.SayAsync("coworking:device-went-offline", nameof(DeviceWentOffline), went.MessageId, went);
        var said = new SpaceOccupancyChanged(Guid.CreateVersion7(), now, 5, space, space, "occupied", now.AddMinutes(-3), 2, new OccupancyEvidence(13, now, "healthy"));
        await bus.SayAsync("coworking:space-occupancy-changed", nameof(SpaceOccupancyChanged), said.MessageId, said);
        var started = (await bus.NextAsync(message => message.GetProperty("booking").GetProperty("id").GetGuid() == booking.Id)).GetProperty("message");
        Assert.Equal(("in_progress", 2), (started.GetProperty("booking").GetProperty("status").GetString(), started.GetProperty("version").GetInt32()));
        Assert.Equal("sensor", (await host.RowAsync(booking.Id)).GetProperty("checkInSource").GetString());
        await Wait.UntilAsync(
            async () => await host.ScalarAsync<long>("select count(*) from space_occupancies where space_id = $1 and state = 'unknown' and version = 0", other) == 1,
            Limit, "the device is noted", TestContext.Current.CancellationToken);
    }
}
