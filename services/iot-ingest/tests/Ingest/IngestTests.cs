using System.Text;
using System.Text.Json;
using Coworking.Hosting.Identity;
using Coworking.IotIngest.Tests.Running;
using Coworking.Local;
using Coworking.Mqtt;

namespace Coworking.IotIngest.Tests.Ingest;

public sealed class IngestTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_burst_of_a_thousand_shuffled_samples_of_which_a_third_comes_twice_is_counted_once()
    {
        var room = await fixture.AddRoomAsync();
        var random = new Random(11);
        var samples = Enumerable.Range(0, 1000).Select(i => (At: room.Start.AddSeconds(i), Temp: random.Next(15_000, 30_000), Co2: random.Next(400, 900), People: random.Next(0, 8))).ToArray();
        var sent = samples.Concat(samples.Take(300)).ToArray();
        random.Shuffle(sent);

        await Task.WhenAll(sent.Select(s => room.SendAsync(FormattableString.Invariant(
            $"{{\"ts\":\"{Room.Text(s.At)}\",\"temp_c\":{s.Temp / 1000.0},\"co2_ppm\":{s.Co2},\"occupancy\":{s.People},\"power_w\":null}}"))));
        await room.StoredAsync(1000);
        // A reading of another room that was sent after them all: what comes before it has been dealt with.
        await fixture.Platform.UntilAsync("select coalesce(sum(sample_count), 0) from windows w join spaces s on s.key = w.space_key where s.id = $1", 1000, room.Id);

        var windows = (await fixture.Service.GetAsync($"/api/v1/iot/spaces/{room.Id}/telemetry?minutes=60")).EnumerateArray().ToArray();
        var expected = samples.GroupBy(s => Room.FullMinute(s.At)).OrderBy(minute => minute.Key).ToArray();
        Assert.Equal(expected.Length, windows.Length);

        foreach (var (minute, window) in expected.Zip(windows))
        {
            Assert.Equal(minute.Key, window.GetProperty("windowStart").GetDateTimeOffset());
            Assert.Equal(minute.Key.AddMinutes(1), window.GetProperty("windowEnd").GetDateTimeOffset());
            Assert.Equal(minute.Count(), window.GetProperty("sampleCount").GetInt32());
            Assert.Equal(room.Id, window.GetProperty("spaceId").GetGuid());
            Same(window, "tempC", [.. minute.Select(s => s.Temp / 1000.0)]);
            Same(window, "co2Ppm", [.. minute.Select(s => (double)s.Co2)]);
            Same(window, "occupancy", [.. minute.Select(s => (double)s.People)]);
            Same(window, "powerW", []);
        }

        Assert.Equal(windows.Length, windows.Select(window => window.GetProperty("id").GetGuid()).Distinct().Count());
    }

    [Fact]
    public async Task Qos_0_is_taken_as_well()
    {
        var room = await fixture.AddRoomAsync();
        var message = new MqttApplicationMessage { Topic = room.Topic, Payload = Encoding.UTF8.GetBytes($"{{\"ts\":\"{Room.Text(room.Start)}\",\"temp_c\":20}}") };
        await fixture.Platform.Mqtt.PublishAsync(message, Ended);
        await room.StoredAsync(1);
    }

    [Fact]
    public async Task Two_devices_that_speak_in_the_same_second_both_count()
    {
        var room = await fixture.AddRoomAsync();
        await room.SendAsync($"{{\"ts\":\"{Room.Text(room.Start)}\",\"temp_c\":20}}");
        await room.SendAsync($"{{\"ts\":\"{Room.Text(room.Start)}\",\"temp_c\":21}}");
        await room.SendAsync($"{{\"ts\":\"{Room.Text(room.Start)}\",\"temp_c\":20.0000001}}");
        await room.SendAsync($"{{\"ts\":\"{Room.Text(room.Start.AddSeconds(1))}\",\"temp_c\":20}}");
        await room.StoredAsync(3);
    }

    [Fact]
    public async Task Every_reason_of_rejection_is_kept_with_its_message_and_stops_nothing()
    {
        var room = await fixture.AddRoomAsync();
        var now = TimeProvider.System.GetUtcNow();
        var good = $"\"ts\":\"{Room.Text(room.Start)}\",\"temp_c\":20";
        var elsewhere = $"sites/{Guid.CreateVersion7()}/offices/{room.Id}/telemetry";
        var other = await fixture.AddRoomAsync();
        var wrongSite = $"sites/{other.Facts.LocationId}/offices/{room.Id}/telemetry";
        var unknown = $"sites/{room.Facts.LocationId}/offices/{Guid.CreateVersion7()}/telemetry";
        (string Topic, string Payload, string Reason)[] wrong =
        [
            (room.Topic, "hello", "malformed"),
            (room.Topic, "{\"a\":" + new string('[', 10_000), "malformed"),
            (room.TopicOf("reported"), "{}", "malformed"),
            (room.Topic, $"{{\"ts\":\"{Room.Text(room.Start)}\"}}", "no_metric"),
            (room.Topic, "{" + good + ",\"humidity_pct\":101}", "out_of_range"),
            (room.Topic, $"{{\"ts\":\"{Room.Text(now.AddHours(1))}\",\"temp_c\":20}}", "future"),
            (room.Topic, $"{{\"ts\":\"{Room.Text(now.AddDays(-31))}\",\"temp_c\":20}}", "too_old"),
            (unknown, "{" + good + "}", "unknown_space"),
            (wrongSite, "{" + good + "}", "wrong_site"),
            (room.Topic, "{" + good + ",\"x\":\"" + new string('x', 20_000) + "\"}", "too_large"),
        ];

        foreach (var (topic, payload, _) in wrong)
        {
            await fixture.Platform.PublishAsync(topic, Encoding.UTF8.GetBytes(payload));
        }

        Assert.False(await fixture.Platform.PublishAsync(elsewhere, "x"u8.ToArray()));
        await room.SendAsync("{" + good + "}");
        await room.StoredAsync(1);

        // Two of the topics belong to other partitions, whose connections keep an order of their own.
        var rows = Array.Empty<JsonElement>();
        await Wait.UntilAsync(
            async () =>
            {
                rows = [.. (await fixture.Service.GetAsync("/api/v1/iot/rejected?pageSize=100")).GetProperty("data").EnumerateArray()
                    .Where(row => row.GetProperty("topic").GetString() is { } topic && wrong.Any(one => one.Topic == topic)).Reverse()];
                return rows.Length == wrong.Length;
            }, TestPlatform.Limit, "every rejection", TestContext.Current.CancellationToken);
        Assert.Equal(
            wrong.Select(one => (one.Topic, one.Reason)).Order(),
            rows.Select(row => (row.GetProperty("topic").GetString()!, row.GetProperty("reason").GetString()!)).Order());
        JsonElement Of(string reason) => rows.First(row => row.GetProperty("reason").GetString() == reason);
        Assert.Equal("hello", rows.First(row => row.GetProperty("topic").GetString() == room.Topic).GetProperty("payload").GetString());
        Assert.Equal(4096, Of("too_large").GetProperty("payload").GetString()!.Length);
        Assert.Equal("humidity_pct must be from 0 to 100", Of("out_of_range").GetProperty("detail").GetString());
        Assert.InRange(rows[0].GetProperty("receivedAt").GetDateTimeOffset(), now.AddMinutes(-1), TimeProvider.System.GetUtcNow().AddMinutes(1));
    }

    [Fact]
    public async Task A_message_that_the_database_will_never_take_is_rejected_and_stops_none_of_its_neighbours()
    {
        var room = await fixture.AddRoomAsync();
        // What no decoder foresees: here a rule of the table itself.
        await fixture.Platform.ExecuteAsync("""
            create function refuse_poison() returns trigger language plpgsql as $$ begin
                if new.temp_c = 12345 then raise exception 'poison' using errcode = '22021'; end if; return new; end $$
            """);
        await fixture.Platform.ExecuteAsync("create trigger refuse_poison before insert on readings for each row execute function refuse_poison()");
        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => room.SendAsync(
            $"{{\"ts\":\"{Room.Text(room.Start.AddSeconds(i))}\",\"temp_c\":{(i is 7 or 40 ? "12.345" : "20")}}}")));
        await room.StoredAsync(58);
        await fixture.Platform.UntilAsync(
            "select count(*) from rejected_readings where reason = 'malformed' and detail like '%could not be stored%' and detail like '%' || $1 || '%'", 2, room.Id.ToString());
        await room.SendSeriesAsync(room.Start.AddMinutes(5), 10, 1, "\"temp_c\":20");
        await room.StoredAsync(68);
        Assert.Equal(68, await fixture.Platform.ScalarAsync<long>("select sum(sample_count) from windows w join spaces s on s.key = w.space_key where s.id = $1", room.Id));
    }

    [Fact]
    public async Task A_database_that_is_read_only_for_a_while_is_waited_for_and_nothing_is_rejected()
    {
        var room = await fixture.AddRoomAsync();
        // More tries than a fault gets; a sequence keeps its number when a transaction is undone.
        await fixture.Platform.ExecuteAsync("create sequence read_only_tries");
        await fixture.Platform.ExecuteAsync("""
            create function refuse_for_now() returns trigger language plpgsql as $$ begin
                if new.temp_c = 12346 and nextval('read_only_tries') <= 5 then raise exception 'read-only' using errcode = '25006'; end if; return new; end $$
            """);
        await fixture.Platform.ExecuteAsync("create trigger refuse_for_now before insert on readings for each row execute function refuse_for_now()");
        await room.SendAsync($"{{\"ts\":\"{Room.Text(room.Start)}\",\"temp_c\":12.346}}");
        await room.StoredAsync(1);
        Assert.Equal(0, await fixture.Platform.ScalarAsync<long>("select count(*) from rejected_readings where topic = $1", room.Topic));
    }

    [Fact]
    public async Task A_serial_number_that_is_no_text_is_malformed_and_stops_nothing()
    {
        var room = await fixture.AddRoomAsync();
        await room.SendAsync($"{{\"ts\":\"{Room.Text(room.Start)}\",\"temp_c\":20,\"device\":\"a\\u0000b\"}}");
        await room.SendAsync($"{{\"ts\":\"{Room.Text(room.Start)}\",\"temp_c\":20}}");
        await room.StoredAsync(1);
        await fixture.Platform.UntilAsync("select count(*) from rejected_readings where topic = $1 and reason = 'malformed'", 1, room.Topic);
    }

    [Fact]
    public async Task The_rejected_are_listed_by_reason_and_page_for_admins_only()
    {
        var room = await fixture.AddRoomAsync();

        for (var i = 0; i < 7; i++)
        {
            await room.SendAsync($"{{\"ts\":\"{Room.Text(room.Start)}\",\"battery_pct\":{101 + i}}}");
        }

        await fixture.Platform.UntilAsync("select count(*) from rejected_readings where topic = $1", 7, room.Topic);
        var page = await fixture.Service.GetAsync("/api/v1/iot/rejected?reason=OUT_OF_RANGE&pageSize=3&page=2");
        Assert.All(page.GetProperty("data").EnumerateArray(), row => Assert.Equal("out_of_range", row.GetProperty("reason").GetString()));
        Assert.Equal(3, page.GetProperty("data").GetArrayLength());
        var meta = page.GetProperty("meta");
        Assert.Equal((2, 3), (meta.GetProperty("page").GetInt32(), meta.GetProperty("pageSize").GetInt32()));
        Assert.Equal((meta.GetProperty("total").GetInt64() + 2) / 3, meta.GetProperty("totalPages").GetInt64());
        Assert.InRange(meta.GetProperty("total").GetInt64(), 7, 100);
        Assert.Equal(0, (await fixture.Service.GetAsync("/api/v1/iot/rejected?reason=unknown_device&page=1000000")).GetProperty("data").GetArrayLength());

        using var forbidden = await fixture.Service.SendAsync(HttpMethod.Get, "/api/v1/iot/rejected", role: Roles.User);
        Assert.Equal("This endpoint requires admin access", await RunningService.ProblemAsync(forbidden, System.Net.HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task A_day_without_a_partition_gets_one()
    {
        var room = await fixture.AddRoomAsync();
        var day = Room.FullMinute(TimeProvider.System.GetUtcNow().AddDays(-20));
        await fixture.Platform.ExecuteAsync($"drop table readings_{day.UtcDateTime:yyyyMMdd}");
        await room.SendAsync($"{{\"ts\":\"{Room.Text(day)}\",\"temp_c\":20}}");
        await room.SendAsync($"{{\"ts\":\"{Room.Text(room.Start)}\",\"temp_c\":20}}");
        await room.StoredAsync(2);
    }

    private static void Same(JsonElement window, string name, double[] values)
    {
        if (values.Length == 0)
        {
            Assert.All((string[])["Avg", "Min", "Max"], suffix => Assert.Equal(JsonValueKind.Null, window.GetProperty(name + suffix).ValueKind));
            return;
        }

        Assert.Equal(values.Average(), window.GetProperty(name + "Avg").GetDouble(), 9);
        Assert.Equal(values.Min(), window.GetProperty(name + "Min").GetDouble());
        Assert.Equal(values.Max(), window.GetProperty(name + "Max").GetDouble());
    }
}
