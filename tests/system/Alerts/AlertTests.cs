using System.Net;
using System.Text.Json;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Alerts;

/// <summary>Alerts go by device time alone: an hour of samples is judged in the moment that it takes to send them.</summary>
public sealed class AlertTests(RunningPlatform running)
{
    private static readonly string[] Members = ["id", "spaceId", "kind", "startedAt", "resolvedAt", "metaJson", "createdAt"];

    private readonly TestPlatform _platform = running.Platform;

    [Fact]
    public async Task Five_minutes_of_bad_air_open_one_CO2_alert_and_two_of_good_air_resolve_it_by_API_on_the_stream_and_on_the_bus()
    {
        var space = await _platform.NewMetSpaceAsync();
        await using var stream = await LiveStream.OpenAsync(_platform.User, $"?spaceId={space.Id}&events=alert");
        await using var bus = await _platform.ListenAsync("alert-opened", "alert-resolved");
        var start = TimeProvider.System.GetUtcNow().AddHours(-2);

        await _platform.Devices.PublishAsync(space, [.. Enumerable.Range(0, 31).Select(i => Sample.Of(start.AddSeconds(10 * i), co2: 1101))]);
        var opened = await stream.WaitForAsync("alert", data => data.Text("type") == "opened", "the alert on the stream");
        opened.Data.HasMembers("type", "alert", "spaceId", "kind", "startedAt", "resolvedAt", "metaJson");
        opened.Data.At("alert").HasMembers(Members);
        var row = Assert.Single(await _platform.AlertsAsync(space, "?active=true"));
        row.HasMembers(Members);
        Assert.Equal((row.Id(), space.Id, "CO2"), (opened.Data.At("alert").Id(), row.Id("spaceId"), row.Text("kind")));
        Assert.Equal(Milliseconds(start.AddMinutes(5)), Milliseconds(row.Instant("startedAt")));
        Assert.True(row.IsNull("resolvedAt"));
        Assert.Equal((1101, 1000, "ppm"), (row.At("metaJson").Whole("value"), row.At("metaJson").Whole("threshold"), row.At("metaJson").Text("unit")));
        var said = await bus.WaitForAsync(heard => IsOf(heard, row.Id(), "alert-opened"), "AlertOpened on the bus");
        Assert.Equal(("CO2", space.LocationId), (said.Body.At("alert").Text("kind"), said.Body.At("alert").Id("locationId")));

        await _platform.Devices.PublishAsync(space, [.. Enumerable.Range(31, 13).Select(i => Sample.Of(start.AddSeconds(10 * i), co2: 1000))]);
        var resolved = await stream.WaitForAsync("alert", data => data.Text("type") == "resolved", "the resolution on the stream");
        Assert.Equal(row.Id(), resolved.Data.At("alert").Id());
        Assert.Empty(await _platform.AlertsAsync(space, "?active=true"));
        var past = Assert.Single(await _platform.AlertsAsync(space));
        Assert.Equal(Milliseconds(start.AddSeconds(310 + 120)), Milliseconds(past.Instant("resolvedAt")));
        await bus.WaitForAsync(heard => IsOf(heard, row.Id(), "alert-resolved"), "AlertResolved on the bus");

        Assert.Equal(2, stream.Seen.Count);
        // Whoever asks for everything to be said again meanwhile, as another test does, is told of this alert too, in the same versions.
        Assert.Equal(
            ["coworking:alert-opened", "coworking:alert-resolved"],
            bus.Heard.Where(heard => heard.Body.At("alert").Id("spaceId") == space.Id).Select(heard => heard.Exchange).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task One_sample_of_good_air_starts_the_clock_anew()
    {
        var space = await _platform.NewMetSpaceAsync();
        var start = TimeProvider.System.GetUtcNow().AddHours(-2);
        // 30 breaching, one not, 30 breaching: never five minutes on end.
        await _platform.Devices.PublishAsync(space, [.. Enumerable.Range(0, 61).Select(i => Sample.Of(start.AddSeconds(10 * i), co2: i == 30 ? 1000 : 1400))]);
        await Eventually.ReadAsync(() => _platform.Devices.SamplesAsync(space), count => count == 61, "the samples are stored");
        Assert.Empty(await _platform.AlertsAsync(space));
    }

    [Fact]
    public async Task A_new_threshold_holds_from_the_next_sample_on()
    {
        var space = await _platform.NewMetSpaceAsync();
        (await _platform.Admin.PatchAsync($"{space.Iot}/desired", new { co2AlertThreshold = 600 })).Expect(HttpStatusCode.OK);
        var at = TimeProvider.System.GetUtcNow().AddHours(-5);

        // Replicas hear of it within 2 s; samples go on meanwhile.
        var alert = await Eventually.ReadAsync(
            async () =>
            {
                await _platform.Devices.PublishAsync(space, [.. Enumerable.Range(0, 31).Select(_ => Sample.Of(at = at.AddSeconds(10), co2: 601))]);
                return await _platform.AlertsAsync(space);
            },
            alerts => alerts.Count == 1,
            "an alert by the new threshold");
        Assert.Equal(600, alert[0].At("metaJson").Whole("threshold"));
    }

    [Fact]
    public async Task More_people_than_the_room_holds_open_OCCUPANCY_MAX_after_two_minutes()
    {
        var space = await _platform.NewMetSpaceAsync(capacity: 3);
        var start = TimeProvider.System.GetUtcNow().AddHours(-2);

        await _platform.Devices.PublishAsync(space, [.. Enumerable.Range(0, 13).Select(i => Sample.Of(start.AddSeconds(10 * i), occupancy: 4))]);
        var open = await AlertAsync(space, "OCCUPANCY_MAX");
        Assert.Equal((4, 3), (open.At("metaJson").Whole("occupancy"), open.At("metaJson").Whole("capacity")));
        Assert.Equal(Milliseconds(start.AddMinutes(2)), Milliseconds(open.Instant("startedAt")));

        await _platform.Devices.PublishAsync(space, [.. Enumerable.Range(13, 7).Select(i => Sample.Of(start.AddSeconds(10 * i), occupancy: 3))]);
        await Eventually.ReadAsync(() => _platform.AlertsAsync(space, "?active=true&kind=OCCUPANCY_MAX"), alerts => alerts.Count == 0, "the alert is resolved");
    }

    [Fact]
    public async Task People_outside_office_hours_are_unexpected()
    {
        var (space, day) = (await SpaceWithHoursAsync(), LocalTime.PastWednesday);
        var start = LocalTime.At(day, 22);

        await _platform.Devices.PublishAsync(space, [.. Enumerable.Range(0, 21).Select(i => Sample.Of(start.AddSeconds(30 * i), occupancy: 1))]);
        var open = await AlertAsync(space, "OCCUPANCY_UNEXPECTED");
        Assert.Equal((1, "out_of_hours"), (open.At("metaJson").Whole("occupancy"), open.At("metaJson").Text("reason")));
        Assert.Equal(start.AddMinutes(10), open.Instant("startedAt"));
    }

    [Fact]
    public async Task People_without_a_booking_are_unexpected_until_one_that_was_placed_through_the_API_begins()
    {
        var (space, day) = (await SpaceWithHoursAsync(), LocalTime.PastWednesday);
        var at = LocalTime.At(day, 10);
        await _platform.Devices.PublishAsync(space, [.. Enumerable.Range(0, 21).Select(i => Sample.Of(at.AddSeconds(30 * i), occupancy: 2))]);
        var open = await AlertAsync(space, "OCCUPANCY_UNEXPECTED");
        Assert.Equal("no_booking", open.At("metaJson").Text("reason"));

        (await _platform.Admin.PostAsync("/api/v1/bookings", Wish.For(space.Id, Wish.NewEmail(), LocalTime.At(day, 10, 15), LocalTime.At(day, 14)))).Expect(HttpStatusCode.Created);
        at = LocalTime.At(day, 10, 15);
        await Eventually.HoldsAsync(
            async () =>
            {
                await _platform.Devices.PublishAsync(space, Sample.Of(at = at.AddSeconds(10), occupancy: 2));
                return (await _platform.AlertsAsync(space, "?active=true")).Count == 0;
            },
            "the alert ends as the booking is heard of");
        Assert.Equal("booking_started", Assert.Single(await _platform.AlertsAsync(space)).Text("resolution"));

        // Covered by the booking: nothing more, until it ends.
        await _platform.Devices.PublishAsync(space, [.. Enumerable.Range(0, 60).Select(i => Sample.Of(LocalTime.At(day, 13, 30).AddSeconds(30 * i), occupancy: 2))]);
        await _platform.Devices.PublishAsync(space, [.. Enumerable.Range(0, 21).Select(i => Sample.Of(LocalTime.At(day, 14).AddSeconds(30 * i), occupancy: 2))]);
        var second = await AlertAsync(space, "OCCUPANCY_UNEXPECTED");
        Assert.Equal(LocalTime.At(day, 14, 10), second.Instant("startedAt"));
        Assert.Equal(2, (await _platform.AlertsAsync(space)).Count);
    }

    [Fact]
    public async Task The_list_of_a_space_is_newest_first_and_can_be_narrowed()
    {
        var space = await _platform.NewMetSpaceAsync(capacity: 1);
        var start = TimeProvider.System.GetUtcNow().AddHours(-3);
        // Bad air and a crowd, one after the other, each long enough to open and to resolve.
        await _platform.Devices.PublishAsync(space, [.. Enumerable.Range(0, 50).Select(i => Sample.Of(start.AddSeconds(10 * i), co2: i < 31 ? 1200 : 500))]);
        await _platform.Devices.PublishAsync(space, [.. Enumerable.Range(60, 20).Select(i => Sample.Of(start.AddSeconds(10 * i), co2: 500, occupancy: 2))]);
        await Eventually.ReadAsync(() => _platform.AlertsAsync(space), alerts => alerts.Count == 2, "both alerts");

        Assert.Equal(["OCCUPANCY_MAX", "CO2"], (await _platform.AlertsAsync(space)).Select(alert => alert.Text("kind")));
        Assert.Equal(["OCCUPANCY_MAX"], (await _platform.AlertsAsync(space, "?active=true")).Select(alert => alert.Text("kind")));
        Assert.Equal(["CO2"], (await _platform.AlertsAsync(space, "?kind=CO2")).Select(alert => alert.Text("kind")));
        Assert.Single(await _platform.AlertsAsync(space, "?limit=1"));

        foreach (var query in new[] { "limit=0", "limit=201", "active=perhaps", "kind=NOISE" })
        {
            (await _platform.User.GetAsync($"{space.Iot}/alerts?{query}")).ExpectProblem(HttpStatusCode.BadRequest, query.Split('=')[0]);
        }
    }

    private async Task<TestSpace> SpaceWithHoursAsync()
    {
        var space = await _platform.NewSpaceAsync();
        (await _platform.Admin.PutAsync($"{space.Iot}/office-hours", new { openTime = "08:00", closeTime = "20:00" })).Expect(HttpStatusCode.OK);
        await _platform.Devices.MeetAsync(space);
        await using var stream = await LiveStream.OpenAsync(_platform.User, $"?spaceId={space.Id}&events=telemetry");
        // A sample at night tells whether the hours have arrived: without any, no time is out of them.
        var night = LocalTime.At(LocalTime.PastWednesday.AddDays(-1), 3);
        await Eventually.HoldsAsync(
            async () =>
            {
                await _platform.Devices.PublishAsync(space, Sample.Of(night = night.AddSeconds(1), tempC: 20));
                return stream.Seen.Any(seen => seen.Data.At("payload", "outOfHours").GetBoolean());
            },
            "the hours have been heard of");
        return space;
    }

    private async Task<JsonElement> AlertAsync(TestSpace space, string kind) =>
        (await Eventually.ReadAsync(() => _platform.AlertsAsync(space, $"?active=true&kind={kind}"), alerts => alerts.Count == 1, $"an open {kind}"))[0];

    private static bool IsOf(BusMessage heard, Guid alert, string exchange) => heard.Exchange == $"coworking:{exchange}" && heard.Body.At("alert").Id() == alert;

    private static long Milliseconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds();
}
