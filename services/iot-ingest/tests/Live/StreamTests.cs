using System.Net;
using System.Text.Json;
using Coworking.Contracts;
using Coworking.IotIngest.Live;
using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests.Live;

public sealed class StreamTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_headers_keep_every_proxy_from_holding_it_back()
    {
        using var stream = await fixture.Service.StreamAsync();
        Assert.Equal("text/event-stream", stream.Answer.Content.Headers.ContentType?.MediaType);
        Assert.True(stream.Answer.Headers.CacheControl?.NoCache);
        Assert.Equal("no", Assert.Single(stream.Answer.Headers.GetValues("X-Accel-Buffering")));
    }

    [Fact]
    public async Task The_newest_sample_of_each_space_comes_first_and_then_each_new_one()
    {
        var (room, other) = (await fixture.AddRoomAsync(), await fixture.AddRoomAsync());
        await room.SendSeriesAsync(room.Start, 5, 10, "\"temp_c\":20.5,\"occupancy\":3");
        await other.SendSeriesAsync(other.Start, 2, 10, "\"co2_ppm\":500,\"battery_pct\":80");
        await room.StoredAsync(5);
        await other.StoredAsync(2);
        using var stream = await fixture.Service.StreamAsync($"?locationId={room.Facts.LocationId}&events=telemetry");
        using var all = await fixture.Service.StreamAsync();

        var first = (await stream.NextAsync())!;
        Assert.Equal(("telemetry", null, room.Id), (first.Name, first.Id, first.SpaceId));
        Assert.Equal(room.Start.AddSeconds(40), first.Data.GetProperty("ts").GetDateTimeOffset());
        Assert.Equal(
            $"{{\"ts\":\"{Room.Text(room.Start.AddSeconds(40))}\",\"temp_c\":20.5,\"humidity_pct\":null,\"co2_ppm\":null,\"occupancy\":3,\"power_w\":null,\"outOfHours\":false}}",
            first.Data.GetProperty("payload").GetRawText());
        var both = new[] { await all.UntilAsync(e => e.SpaceId == room.Id || e.SpaceId == other.Id), await all.UntilAsync(e => e.SpaceId == room.Id || e.SpaceId == other.Id) };
        Assert.Equal(80, both.Single(e => e.SpaceId == other.Id).Data.GetProperty("payload").GetProperty("battery_pct").GetDouble());

        // Late data is no news: the state stays the newest sample.
        await room.SendSeriesAsync(room.Start.AddSeconds(1), 1, 10, "\"temp_c\":1");
        await room.StoredAsync(6);
        await room.SendSeriesAsync(room.Start.AddSeconds(50), 1, 10, "\"temp_c\":21");
        // The state from before may be told once more: its notice was under way when the stream began.
        Assert.Equal(room.Start.AddSeconds(50), (await stream.UntilAsync(e => e.Data.GetProperty("ts").GetDateTimeOffset() != room.Start.AddSeconds(40))).Data.GetProperty("ts").GetDateTimeOffset());
    }

    [Fact]
    public async Task Out_of_hours_is_judged_by_the_samples_own_time()
    {
        var start = Room.FullMinute(TimeProvider.System.GetUtcNow().AddMinutes(-30));
        var opens = start.AddMinutes(5);
        var hours = new OfficeHours(Clock(opens), Clock(opens.AddHours(6)), "UTC", [1, 2, 3, 4, 5, 6, 7]);
        var room = await fixture.AddRoomAsync(facts => facts with { OfficeHours = hours });
        using var stream = await fixture.Service.StreamAsync($"?spaceId={room.Id}");

        foreach (var (second, isOut) in ((int, bool)[])[(-1, true), (0, false)])
        {
            await room.SendSeriesAsync(opens.AddSeconds(second), 1, 1, "\"temp_c\":20");
            Assert.Equal(isOut, (await stream.NextAsync())!.Data.GetProperty("payload").GetProperty("outOfHours").GetBoolean());
        }
    }

    [Fact]
    public async Task A_client_that_comes_back_gets_every_event_that_it_missed_once_and_in_order()
    {
        var room = await fixture.AddRoomAsync();
        using var watcher = await fixture.Service.StreamAsync($"?events=twin_update&spaceId={room.Id}");
        var seen = new List<long>();

        for (var version = 1; version <= 20; version++)
        {
            await DesireAsync(room, version);
            seen.Add((await watcher.NextAsync())!.Id!.Value);
        }

        Assert.Equal(seen.Order(), seen);

        // Cut after every event in turn, and while more of them happen.
        for (var cut = 0; cut < 20; cut += 3)
        {
            using var back = await fixture.Service.StreamAsync($"?events=twin_update&spaceId={room.Id}", lastEventId: seen[cut]);
            await DesireAsync(room, 100 + cut);
            seen.Add((await watcher.NextAsync())!.Id!.Value);

            foreach (var id in seen.Skip(cut + 1))
            {
                Assert.Equal(id, (await back.NextAsync())!.Id);
            }
        }
    }

    [Fact]
    public async Task Events_that_happen_while_a_client_comes_back_are_neither_lost_nor_doubled()
    {
        var room = await fixture.AddRoomAsync();
        await DesireAsync(room, 1);
        var first = await fixture.Platform.ScalarAsync<long>("select min(id) from live_events where space_id = $1", room.Id);
        var changing = Task.Run(
            async () =>
            {
                for (var version = 2; version <= 150; version++)
                {
                    await DesireAsync(room, version);
                }
            },
            Ended);

        for (var round = 0; round < 10; round++)
        {
            using var stream = await fixture.Service.StreamAsync($"?events=twin_update&spaceId={room.Id}", lastEventId: first);

            for (var version = 2; version <= 10 + (round * 14); version++)
            {
                Assert.Equal(version, (await stream.NextAsync())!.Data.GetProperty("payload").GetProperty("samplingIntervalSec").GetInt32());
            }
        }

        await changing;
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(1_000_000_000)]
    public async Task An_id_that_this_log_never_gave_gets_one_resync(long id)
    {
        var room = await fixture.AddRoomAsync();
        using var stream = await fixture.Service.StreamAsync($"?spaceId={room.Id}", lastEventId: id);
        Assert.Equal("resync", (await stream.NextAsync())!.Name);
        await DesireAsync(room, 5);
        Assert.Equal("twin_update", (await stream.NextAsync())!.Name);
    }

    [Fact]
    public async Task An_id_older_than_the_log_gets_one_resync_and_then_what_happens()
    {
        await using var platform = await TestPlatform.CreateAsync();
        await using var service = await platform.StartAsync();
        var room = await Room.AddAsync(platform, service);

        for (var version = 1; version <= 5; version++)
        {
            using var answer = await service.SendAsync(HttpMethod.Patch, $"/api/v1/iot/spaces/{room.Id}/desired", new { samplingIntervalSec = version });
        }

        await platform.ExecuteAsync("delete from live_events where id < 4");
        using var old = await service.StreamAsync(lastEventId: 2);
        Assert.Equal("resync", (await old.NextAsync())!.Name);
        using var young = await service.StreamAsync(lastEventId: 3);
        Assert.Equal([4L, 5L], [(await young.NextAsync())!.Id, (await young.NextAsync())!.Id]);

        // Nothing missed, not even by a service that has just started and by a log that was swept on a quiet day.
        await platform.ExecuteAsync("update live_events set at = now() - interval '2 days'");
        await service.Hosted<Coworking.IotIngest.Maintenance.StorageCare>().RunOnceAsync(Ended);
        await using var restarted = await platform.StartAsync();
        using var present = await restarted.StreamAsync("?events=twin_update,alert", lastEventId: 5);
        using var patch = await restarted.SendAsync(HttpMethod.Patch, $"/api/v1/iot/spaces/{room.Id}/desired", new { samplingIntervalSec = 60 });
        Assert.Equal("twin_update", (await present.NextAsync())!.Name);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("99999999999999999999")]
    public async Task A_last_event_id_that_is_none_is_a_400(string id)
    {
        using var answer = await fixture.Service.SendAsync(HttpMethod.Get, "/api/v1/iot/stream", more: request => request.Headers.TryAddWithoutValidation("Last-Event-ID", id));
        Assert.Equal("Last-Event-ID must be an id that this stream gave", await RunningService.ProblemAsync(answer, HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task A_client_that_leaves_is_forgotten()
    {
        await using var platform = await TestPlatform.CreateAsync();
        await using var service = await platform.StartAsync();
        var metrics = service.Service<IngestMetrics>();

        using (var stream = await service.StreamAsync())
        {
            await Coworking.Local.Wait.UntilAsync(() => metrics.StreamClients == 1 && service.Service<LiveHub>().WantsTelemetry, TestPlatform.Limit, "the client known", Ended);
        }

        await Coworking.Local.Wait.UntilAsync(() => metrics.StreamClients == 0, TestPlatform.Limit, "the client forgotten", Ended);
    }

    private static string Clock(DateTimeOffset time) => time.ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    private async Task DesireAsync(Room room, int sampling)
    {
        using var answer = await fixture.Service.SendAsync(HttpMethod.Patch, $"/api/v1/iot/spaces/{room.Id}/desired", new { samplingIntervalSec = sampling });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
