using System.Net;
using Coworking.Reservations.CheckIns;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.CheckIns;

/// <summary>The decision table on real rows; what evidence means is NoShowJudgeTests' matter.</summary>
public sealed class NoShowTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    [Fact]
    public async Task Nobody_came_and_the_sensor_has_seen_it_so_the_slot_is_free_from_now_on()
    {
        var (space, start) = (await host.StrictSpaceAsync(more: new { bufferAfter = 15 }), Stage.Monday().AddHours(9));
        var booking = await host.BookAsync(space, start, hours: 2);
        await host.At(start.AddMinutes(-30)).HearAsync(space, "vacant", sinceMinutesAgo: 5, people: 0);
        await host.At(start.AddMinutes(9)).RunAsync<NoShows>();
        await host.At(start.AddMinutes(11)).RunAsync<NoShows>();
        Assert.Equal(("confirmed", null), (await host.StatusAsync(booking.Id), await host.AttentionAsync(booking.Id)));

        // The same state, said again on present evidence.
        await host.At(start.AddMinutes(11)).HearAsync(space, "vacant", sinceMinutesAgo: 46, people: 0);
        await host.At(start.AddMinutes(12)).RunAsync<NoShows>();
        var row = await host.RowAsync(booking.Id);
        Assert.Equal(("no_show", 2), (row.GetProperty("status").GetString(), row.GetProperty("version").GetInt32()));
        var evidence = row.GetProperty("checkInEvidence");
        Assert.Equal(("vacant", "healthy"), (evidence.GetProperty("reason").GetString(), evidence.GetProperty("occupancy").GetProperty("sensorHealth").GetString()));
        Assert.Equal(start.AddMinutes(12).UtcDateTime, await host.ScalarAsync<DateTime>("select released_at from bookings where id = $1", booking.Id));

        // The rest of it can be booked.
        await host.BookAsync(space, start.AddMinutes(12));
        await host.At(start.AddMinutes(13)).RunAsync<NoShows>();
        Assert.Equal(2, (await host.RowAsync(booking.Id)).GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task Where_there_is_no_sensor_at_all_the_clock_decides_and_where_there_is_one_of_any_kind_reception_does()
    {
        var start = Stage.Monday().AddHours(9);
        var (bare, twin, device) = (await host.StrictSpaceAsync(), await host.StrictSpaceAsync(), await host.StrictSpaceAsync());
        await host.ExecuteAsync("insert into space_twins (space_id, desired_version, reported_version, version, updated_at) values ($1, 0, 1, 1, now())", twin);
        await host.ExecuteAsync(
            "insert into space_occupancies (space_id, state, sample_count, sensor_health, version, received_at) values ($1, 'unknown', 0, 'silent', 0, now())", device);
        var bookings = new List<Guid>();

        foreach (var space in new[] { bare, twin, device })
        {
            bookings.Add((await host.BookAsync(space, start)).Id);
        }

        await host.At(start.AddMinutes(10).AddTicks(-1)).RunAsync<NoShows>();
        Assert.Equal("confirmed", await host.StatusAsync(bookings[0]));
        await host.At(start.AddMinutes(10)).RunAsync<NoShows>();
        Assert.Equal("no_show", await host.StatusAsync(bookings[0]));
        Assert.Equal("no_sensor", (await host.RowAsync(bookings[0])).GetProperty("checkInEvidence").GetProperty("reason").GetString());

        foreach (var booking in bookings.Skip(1))
        {
            Assert.Equal(("confirmed", "sensor_silent"), (await host.StatusAsync(booking), await host.AttentionAsync(booking)));
        }
    }

    [Fact]
    public async Task Whoever_is_there_when_the_grace_ends_is_checked_in_by_the_sensor()
    {
        var (space, start) = (await host.StrictSpaceAsync(), Stage.Monday().AddHours(9));
        var booking = await host.BookAsync(space, start);
        // In there long before the window: no change is ever said of them.
        await host.At(start.AddMinutes(-60)).HearAsync(space, "occupied", sinceMinutesAgo: 10, people: 3);
        Assert.Equal("confirmed", await host.StatusAsync(booking.Id));
        await host.ExecuteAsync("update space_occupancies set last_sample_at = $2, said_at = $2 where space_id = $1", space, start.AddMinutes(9).UtcDateTime);
        await host.At(start.AddMinutes(10)).RunAsync<NoShows>();
        var row = await host.RowAsync(booking.Id);
        Assert.Equal(("in_progress", "sensor"), (row.GetProperty("status").GetString(), row.GetProperty("checkInSource").GetString()));
        Assert.Equal(start.AddMinutes(10), row.GetProperty("checkedInAt").GetDateTimeOffset());
        Assert.Equal(3, row.GetProperty("checkInEvidence").GetProperty("occupancy").GetProperty("headCount").GetInt32());
    }

    [Fact]
    public async Task What_is_not_known_is_reception_s_to_look_at_until_it_is_known()
    {
        var (space, start) = (await host.StrictSpaceAsync(), Stage.Monday().AddHours(9));
        var booking = await host.BookAsync(space, start);
        await host.At(start.AddMinutes(-30)).HearAsync(space, "vacant", sinceMinutesAgo: 60, people: 0);
        await host.At(start.AddMinutes(14)).RunAsync<NoShows>();
        Assert.Equal("evidence_old", await host.AttentionAsync(booking.Id));
        Assert.Contains(booking.Id.ToString(), (await host.User.GetAsync($"/bookings?attention=true&spaceId={space}")).Is(HttpStatusCode.OK).Ids());
        Assert.Empty((await host.User.GetAsync($"/bookings?attention=false&spaceId={space}")).Is(HttpStatusCode.OK).Ids());
        (await host.User.GetAsync("/bookings?attention=perhaps")).Is(HttpStatusCode.BadRequest);
        Assert.Equal(1, (await host.RowAsync(booking.Id)).GetProperty("version").GetInt32());

        await host.At(start.AddMinutes(15)).HearAsync(space, "unknown", sinceMinutesAgo: 0, version: 2, sampleMinutesAgo: 30, health: "silent");
        await host.At(start.AddMinutes(16)).RunAsync<NoShows>();
        Assert.Equal("sensor_silent", await host.AttentionAsync(booking.Id));

        // Back, and empty: since when, it cannot say.
        await host.At(start.AddMinutes(20)).HearAsync(space, "vacant", sinceMinutesAgo: 3, people: 0, version: 3);
        await host.At(start.AddMinutes(20)).RunAsync<NoShows>();
        Assert.Equal("vacant_later", await host.AttentionAsync(booking.Id));
        await host.At(start.AddMinutes(30)).HearAsync(space, "occupied", sinceMinutesAgo: 3, people: 2, version: 4);
        Assert.Equal(("in_progress", null), (await host.StatusAsync(booking.Id), await host.AttentionAsync(booking.Id)));
    }

    [Fact]
    public async Task Evidence_that_becomes_healthy_again_in_time_releases_what_was_kept()
    {
        var (space, start) = (await host.StrictSpaceAsync(), Stage.Monday().AddHours(9));
        var booking = await host.BookAsync(space, start);
        await host.At(start.AddMinutes(-30)).HearAsync(space, "vacant", sinceMinutesAgo: 60, people: 0);
        await host.At(start.AddMinutes(14)).RunAsync<NoShows>();
        Assert.Equal("evidence_old", await host.AttentionAsync(booking.Id));
        await host.At(start.AddMinutes(20)).HearAsync(space, "vacant", sinceMinutesAgo: 110, people: 0);
        await host.At(start.AddMinutes(20)).RunAsync<NoShows>();
        Assert.Equal(("no_show", null), (await host.StatusAsync(booking.Id), await host.AttentionAsync(booking.Id)));
    }

    [Fact]
    public async Task Nobody_is_a_no_show_who_need_not_check_in_or_did_or_moved_or_whose_time_is_over()
    {
        var start = Stage.Monday().AddHours(9);
        var free = await host.BookAsync(await host.SpaceAsync(), start);
        var here = await host.BookAsync(await host.StrictSpaceAsync(), start);
        var moved = await host.BookAsync(await host.StrictSpaceAsync(), start);
        var brief = await host.BookAsync(await host.StrictSpaceAsync(grace: 60), start, hours: 0.5);
        Assert.Equal(200, (await host.At(start.AddMinutes(2)).CheckInAsync(here.Id)).Status);
        (await host.Admin.PatchAsync($"/bookings/{moved.Id}", new { startTime = start.AddMinutes(15), endTime = start.AddHours(2) })).Is(HttpStatusCode.OK);
        await host.At(start.AddMinutes(20)).RunAsync<NoShows>();
        Assert.Equal(["confirmed", "in_progress", "confirmed", "confirmed"], await StatusesAsync(free, here, moved, brief));
        await host.At(start.AddMinutes(25)).RunAsync<NoShows>();
        await host.At(start.AddMinutes(61)).RunAsync<NoShows>();
        Assert.Equal(["confirmed", "in_progress", "no_show", "confirmed"], await StatusesAsync(free, here, moved, brief));
    }

    [Fact]
    public async Task Who_claimed_a_slot_after_its_start_has_the_grace_from_then()
    {
        var (space, start) = (await host.StrictSpaceAsync(), Stage.Monday().AddHours(9));
        var booking = await host.BookAsync(space, start);
        await host.ExecuteAsync("update bookings set stands_since = $2 where id = $1", booking.Id, start.AddMinutes(25).UtcDateTime);
        await host.At(start.AddMinutes(34)).RunAsync<NoShows>();
        Assert.Equal(("confirmed", null), (await host.StatusAsync(booking.Id), await host.AttentionAsync(booking.Id)));
        await host.At(start.AddMinutes(35)).RunAsync<NoShows>();
        Assert.Equal("no_show", await host.StatusAsync(booking.Id));
    }

    [Fact]
    public async Task What_is_placed_or_moved_or_confirmed_after_its_start_has_its_grace_from_then_and_no_evidence_of_before()
    {
        var now = TimeProvider.System.GetUtcNow();
        var (bare, seen) = (await host.StrictSpaceAsync(), await host.StrictSpaceAsync());
        var walkIn = (await host.Admin.PostAsync("/bookings", Stage.Wish(bare, now.AddMinutes(-30), 3))).Is(HttpStatusCode.Created);
        var moved = await host.BookAsync(seen, Stage.Monday(), 3);
        var body = new { bookingDate = now.AddMinutes(-30), startTime = now.AddMinutes(-30), endTime = now.AddHours(3) };
        (await host.Reception.PatchAsync($"/bookings/{moved.Id}", body)).Is(HttpStatusCode.OK);

        var since = await SinceAsync(moved);
        await host.At(since.AddMinutes(1)).HearAsync(seen, "vacant", sinceMinutesAgo: 60, people: 0);
        await host.At(since.AddMinutes(9)).RunAsync<NoShows>();
        Assert.Equal(["confirmed", "confirmed"], await StatusesAsync(walkIn, moved));
        await host.At(since.AddMinutes(11)).HearAsync(seen, "vacant", sinceMinutesAgo: 70, people: 0);
        await host.At(since.AddMinutes(11)).RunAsync<NoShows>();
        Assert.Equal(["no_show", "no_show"], await StatusesAsync(walkIn, moved));
        Assert.Equal("vacant", (await host.RowAsync(moved.Id)).GetProperty("checkInEvidence").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_booking_stands_since_it_was_placed_or_moved_or_approved_and_not_since_it_was_renamed_or_prolonged()
    {
        var (space, start, longAgo) = (await host.SpaceAsync(), Stage.Monday().AddHours(9), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await host.PolicyAsync(space, """{"requiresApproval":true}""");
        var booking = await host.BookAsync(space, start);
        var placed = await SinceAsync(booking);
        (await host.User.PatchAsync($"/bookings/{booking.Id}", new { clientName = "Ana", endTime = start.AddHours(2) })).Is(HttpStatusCode.OK);
        Assert.Equal(placed, await SinceAsync(booking));

        foreach (var (method, path, change) in new (HttpMethod, string, object)[] { (HttpMethod.Post, "/confirm", new { }), (HttpMethod.Patch, "", new { startTime = start.AddHours(1) }), (HttpMethod.Patch, "", new { clientEmail = Stage.Email() }) })
        {
            await host.ExecuteAsync("update bookings set stands_since = $2 where id = $1", booking.Id, longAgo);
            (method == HttpMethod.Post ? await host.Admin.PostAsync($"/bookings/{booking.Id}{path}", change) : await host.Admin.PatchAsync($"/bookings/{booking.Id}", change)).Is(HttpStatusCode.OK);
            Assert.True(await SinceAsync(booking) >= placed, change.ToString());
        }
    }

    [Fact]
    public async Task Many_replicas_that_look_at_the_same_time_release_once()
    {
        var (start, bookings) = (Stage.Monday().AddHours(9), new List<Guid>());

        for (var i = 0; i < 4; i++)
        {
            bookings.Add((await host.BookAsync(await host.StrictSpaceAsync(), start)).Id);
        }

        await using var bus = await BusProbe.OnAsync(host.Bus, "coworking:booking-ended");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => host.At(start.AddMinutes(10)).RunAsync<NoShows>()));
        var ended = new List<(Guid Id, string Status, long Version)>();

        while (bookings.Except(ended.Select(one => one.Id)).Any())
        {
            var message = (await bus.NextAsync(message => bookings.Contains(message.GetProperty("booking").GetProperty("id").GetGuid()))).GetProperty("message");
            var facts = message.GetProperty("booking");
            ended.Add((facts.GetProperty("id").GetGuid(), facts.GetProperty("status").GetString()!, message.GetProperty("version").GetInt64()));
        }

        Assert.Equal(bookings.Order().Select(id => (id, "no_show", 2L)), ended.Order());
        Assert.Equal(4L, await host.ScalarAsync<long>("select count(*) from bookings where id = any($1) and version = 2", bookings));
    }

    private async Task<DateTimeOffset> SinceAsync(Answer booking) =>
        new(await host.ScalarAsync<DateTime>("select stands_since from bookings where id = $1", booking.Id), TimeSpan.Zero);

    private async Task<List<string>> StatusesAsync(params Answer[] bookings)
    {
        var statuses = new List<string>();

        foreach (var booking in bookings)
        {
            statuses.Add(await host.StatusAsync(booking.Id));
        }

        return statuses;
    }
}
