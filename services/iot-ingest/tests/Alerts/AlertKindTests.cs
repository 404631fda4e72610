using System.Text.Json;
using System.Threading.Channels;
using Coworking.Contracts;
using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Live;
using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests.Alerts;

/// <summary>Every kind, from the device to the API, the stream and the bus.</summary>
public sealed class AlertKindTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    /// <summary>Kind, member of a breach, samples a minute apart until it opens, member of its absence, samples until it resolves, severity, meta.</summary>
    public static TheoryData<string, string, int, string, int, string, string> Kinds => new()
    {
        { "CO2", "\"co2_ppm\":1000.001", 6, "\"co2_ppm\":1000", 3, "warning", """{"value":1000.001,"threshold":1000,"unit":"ppm"}""" },
        { "OCCUPANCY_MAX", "\"occupancy\":9", 3, "\"occupancy\":8", 2, "warning", """{"occupancy":9,"capacity":8}""" },
        { "OCCUPANCY_UNEXPECTED", "\"occupancy\":1", 11, "\"occupancy\":0", 6, "warning", """{"occupancy":1,"reason":"no_booking"}""" },
        { "HIGH_TEMP", "\"temp_c\":8.001", 1, "\"temp_c\":8", 1, "critical", """{"value":8.001,"threshold":8,"unit":"°C"}""" },
        { "LOW_TEMP", "\"temp_c\":1.999", 1, "\"temp_c\":2", 1, "critical", """{"value":1.999,"threshold":2,"unit":"°C"}""" },
        { "POWER_LOSS", "\"power_ok\":false", 1, "\"power_ok\":true", 1, "critical", """{"powerOk":false}""" },
        { "DOOR_OPEN", "\"door_open\":true", 6, "\"door_open\":false", 1, "warning", """{"doorOpen":true,"allowedSec":300}""" },
        { "LOW_BATTERY", "\"battery_pct\":19.999", 1, "\"battery_pct\":25", 1, "warning", """{"value":19.999,"threshold":20,"unit":"%"}""" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task It_opens_and_resolves(string kind, string breach, int samplesToOpen, string clear, int samplesToResolve, string severity, string meta)
    {
        var room = await fixture.AddRoomAsync(facts => facts with { Bookable = true, Climate = new ClimateLimits(2, 8, null) });
        var (opened, resolved) = (await fixture.Platform.Bus.HearAsync<AlertOpened>(), await fixture.Platform.Bus.HearAsync<AlertResolved>());
        using var stream = await fixture.Service.StreamAsync($"?events=alert&spaceId={room.Id}");

        await room.SendSeriesAsync(room.Start, samplesToOpen - 1, 60, breach);
        await room.StoredAsync(samplesToOpen - 1);
        Assert.Equal(0, (await AlertsAsync(room)).GetArrayLength());
        await room.SendSeriesAsync(room.Start.AddMinutes(samplesToOpen - 1), 1, 60, breach);
        await OpensAsync(room, kind, severity, stream, opened, seen => Same(meta, seen));

        var clearFrom = room.Start.AddMinutes(samplesToOpen);
        await room.SendSeriesAsync(clearFrom, samplesToResolve - 1, 60, clear);
        await room.StoredAsync(samplesToOpen + samplesToResolve - 1);
        Assert.Equal("open", Assert.Single((await AlertsAsync(room)).EnumerateArray()).GetProperty("status").GetString());
        await room.SendSeriesAsync(clearFrom.AddMinutes(samplesToResolve - 1), 1, 60, clear);
        await ResolvesAsync(room, stream, resolved);
        var alert = Assert.Single((await AlertsAsync(room)).EnumerateArray());
        Assert.Equal(clearFrom.AddMinutes(samplesToResolve - 1), alert.GetProperty("resolvedAt").GetDateTimeOffset());
        Assert.Equal(room.Start.AddMinutes(samplesToOpen - 1), alert.GetProperty("startedAt").GetDateTimeOffset());
        Assert.Equal(room.Start, alert.GetProperty("breachedSince").GetDateTimeOffset());
    }

    [Fact]
    public async Task A_sensor_that_falls_silent_is_told_of_and_its_next_reading_resolves_it()
    {
        await fixture.Platform.ListeningAsync();
        var room = await fixture.AddRoomAsync();
        var (opened, resolved) = (await fixture.Platform.Bus.HearAsync<AlertOpened>(), await fixture.Platform.Bus.HearAsync<AlertResolved>());
        using var stream = await fixture.Service.StreamAsync($"?events=alert&spaceId={room.Id}");
        await room.SendSeriesAsync(room.Start, 1, 60, "\"temp_c\":20");
        await room.StoredAsync(1);
        await SeenAgoAsync(room, "14 minutes");
        await WatchAsync();
        Assert.Equal(0, (await AlertsAsync(room)).GetArrayLength());
        await SeenAgoAsync(room, "15 minutes 1 second");
        await WatchAsync();
        await WatchAsync();
        var seenAt = await fixture.Platform.ScalarAsync<DateTimeOffset>("select seen_at from space_states st join spaces s on s.key = st.space_key where s.id = $1", room.Id);
        await OpensAsync(room, "SENSOR_ERROR", "warning", stream, opened, meta =>
        {
            Assert.Equal(900, meta.GetProperty("allowedSec").GetInt32());
            Assert.Equal(0, (seenAt - meta.GetProperty("lastSeenAt").GetDateTimeOffset()).TotalMilliseconds, 1.0);
        });
        Assert.Equal(0, (seenAt.AddMinutes(15) - (await AlertsAsync(room))[0].GetProperty("startedAt").GetDateTimeOffset()).TotalMilliseconds, 1.0);

        await room.SendSeriesAsync(room.Start.AddMinutes(-5), 1, 60, "\"temp_c\":20");
        await ResolvesAsync(room, stream, resolved);
    }

    [Fact]
    public async Task Silence_is_judged_by_the_interval_the_rule_the_registration_and_whether_anybody_listened()
    {
        await fixture.Platform.ListeningAsync();
        var (slow, strict, registered, fresh, unheard, handled) =
            (await fixture.AddRoomAsync(), await fixture.AddRoomAsync(), await fixture.AddRoomAsync(), await fixture.AddRoomAsync(), await fixture.AddRoomAsync(), await fixture.AddRoomAsync());

        foreach (var room in (Room[])[slow, strict, handled])
        {
            await room.SendSeriesAsync(room.Start, 1, 60, "\"temp_c\":20");
            await room.StoredAsync(1);
        }

        // Three intervals of ten minutes; a minute by the rule; a device that never spoke, of long ago and of now; nothing at all.
        using var desired = await fixture.Service.SendAsync(HttpMethod.Patch, $"/api/v1/iot/spaces/{slow.Id}/desired", new { samplingIntervalSec = 600 });
        using var rule = await fixture.Service.SendAsync(HttpMethod.Put, $"/api/v1/iot/spaces/{strict.Id}/alert-rules", new Dictionary<string, object> { ["SENSOR_ERROR"] = new { openAfterSec = 60 } });
        await RegisterAsync(registered, "16 minutes");
        await RegisterAsync(fresh, "14 minutes");
        await SeenAgoAsync(slow, "29 minutes");
        await SeenAgoAsync(strict, "61 seconds");
        await SeenAgoAsync(handled, "20 minutes");
        await WatchAsync();
        Assert.Equal([0, 1, 1, 0, 0, 1], await CountAsync(slow, strict, registered, fresh, unheard, handled));

        // Resolved by hand: silence counts from there. And an interval that is over is over.
        var id = (await AlertsAsync(handled))[0].GetProperty("id").GetGuid();
        using var resolved = await fixture.Service.SendAsync(HttpMethod.Patch, $"/api/v1/alerts/{id}/resolve", new { note = "battery changed" });
        await SeenAgoAsync(slow, "30 minutes 1 second");
        await WatchAsync();
        Assert.Equal([1, 1, 1, 0, 0, 1], await CountAsync(slow, strict, registered, fresh, unheard, handled));
        await fixture.Platform.ExecuteAsync("update alerts set resolved_at = now() - interval '15 minutes' where id = $1", id);
        await WatchAsync();
        Assert.Equal(2, (await CountAsync(handled))[0]);

        // For two minutes nobody was there: what was not heard then says nothing of the sensor.
        await fixture.Platform.ExecuteAsync("update silence_watch set watched_at = now() - interval '2 minutes'");
        await WatchAsync();
        await fixture.Platform.ExecuteAsync("update alerts set resolved_at = now() - interval '20 minutes', resolution = 'by_hand' where resolved_at is null");
        await fixture.Platform.ExecuteAsync("delete from alert_states");
        await WatchAsync();
        Assert.Equal(0, await fixture.Platform.ScalarAsync<long>("select count(*) from alerts where resolved_at is null and kind = 'SENSOR_ERROR'"));
    }

    [Fact]
    public async Task A_reading_that_is_just_being_stored_ends_a_silence_before_it_is_told_of()
    {
        await fixture.Platform.ListeningAsync();
        var room = await fixture.AddRoomAsync();
        await room.SendSeriesAsync(room.Start, 1, 60, "\"temp_c\":20");
        await room.StoredAsync(1);
        await using var connection = await fixture.Platform.Database.OpenConnectionAsync(Ended);
        await using var batch = await connection.BeginTransactionAsync(Ended);
        await using var hold = new Npgsql.NpgsqlCommand("select from space_states st join spaces s on s.key = st.space_key where s.id = $1 for update of st", connection)
        {
            Parameters = { new() { Value = room.Id } },
        };
        await using var store = new Npgsql.NpgsqlCommand("update space_states st set seen_at = now() from spaces s where s.key = st.space_key and s.id = $1", connection)
        {
            Parameters = { new() { Value = room.Id } },
        };
        await SeenAgoAsync(room, "16 minutes");
        await hold.ExecuteNonQueryAsync(Ended);
        await store.ExecuteNonQueryAsync(Ended);
        var watching = WatchAsync();
        await Local.Wait.UntilAsync(
            async () => await fixture.Platform.ScalarAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0,
            TestPlatform.Limit, "the watch at the lock of the space", Ended);
        await batch.CommitAsync(Ended);
        await watching;
        Assert.Equal(0, (await AlertsAsync(room)).GetArrayLength());
    }

    [Fact]
    public async Task A_twin_that_differs_opens_and_resolves_by_the_book()
    {
        var room = await fixture.AddRoomAsync();
        var (opened, resolved) = (await fixture.Platform.Bus.HearAsync<AlertOpened>(), await fixture.Platform.Bus.HearAsync<AlertResolved>());
        using var stream = await fixture.Service.StreamAsync($"?events=alert&spaceId={room.Id}");
        await InBookAsync((connection, effects) => AlertBook.OpenAsync(
            connection, room.Id, AlertKind.TwinDivergence, room.Start, room.Start.AddMinutes(2), new { fields = (string[])["samplingIntervalSec"] }, effects, Ended));
        await OpensAsync(room, "TWIN_DIVERGENCE", "warning", stream, opened, meta => Same("""{"fields":["samplingIntervalSec"]}""", meta));
        await InBookAsync((connection, effects) => AlertBook.ResolveAsync(connection, room.Id, AlertKind.TwinDivergence, AlertResolution.BackToNormal, effects, Ended));
        await ResolvesAsync(room, stream, resolved);
    }

    private static void Same(string expected, JsonElement seen)
    {
        using var wanted = JsonDocument.Parse(expected);
        Assert.True(JsonElement.DeepEquals(wanted.RootElement, seen), $"{expected} is shown as {seen.GetRawText()}");
    }

    private async Task InBookAsync(Func<Npgsql.NpgsqlConnection, Effects, Task<bool>> write)
    {
        await using var connection = await fixture.Platform.Database.OpenConnectionAsync(Ended);
        await using var transaction = await connection.BeginTransactionAsync(Ended);
        var effects = new Effects(TimeProvider.System.GetUtcNow());
        Assert.True(await write(connection, effects));
        await effects.WriteAsync(connection, Ended);
        await transaction.CommitAsync(Ended);
    }

    private async Task OpensAsync(Room room, string kind, string severity, EventStream stream, ChannelReader<JsonElement> opened, Action<JsonElement> meta)
    {
        var frame = (await stream.NextAsync())!;
        Assert.Equal(("alert", "opened", kind), (frame.Name, frame.Data.GetProperty("type").GetString(), frame.Data.GetProperty("kind").GetString()));
        meta(frame.Data.GetProperty("metaJson"));
        var alert = Assert.Single((await AlertsAsync(room)).EnumerateArray());
        Assert.Equal((kind, severity, "open"), (alert.GetProperty("kind").GetString(), alert.GetProperty("severity").GetString(), alert.GetProperty("status").GetString()));
        var said = await room.HeardAsync(opened);
        Assert.Equal((alert.GetProperty("id").GetGuid(), kind, 1), (said.GetProperty("alert").GetProperty("id").GetGuid(), said.GetProperty("alert").GetProperty("kind").GetString(), said.GetProperty("version").GetInt32()));
        meta(said.GetProperty("alert").GetProperty("meta"));
    }

    private async Task ResolvesAsync(Room room, EventStream stream, ChannelReader<JsonElement> resolved)
    {
        var frame = (await stream.NextAsync())!;
        Assert.Equal("resolved", frame.Data.GetProperty("type").GetString());
        var said = await room.HeardAsync(resolved);
        Assert.Equal(("back_to_normal", 2), (said.GetProperty("reason").GetString(), said.GetProperty("version").GetInt32()));
        var alert = Assert.Single((await AlertsAsync(room)).EnumerateArray());
        Assert.Equal(("resolved", "back_to_normal"), (alert.GetProperty("status").GetString(), alert.GetProperty("resolution").GetString()));
    }

    private async Task<JsonElement> AlertsAsync(Room room) => (await fixture.Service.GetAsync($"/api/v1/alerts?spaceId={room.Id}")).GetProperty("data");

    private async Task<List<int>> CountAsync(params Room[] rooms)
    {
        var counts = new List<int>();

        foreach (var room in rooms)
        {
            counts.Add((await AlertsAsync(room)).GetArrayLength());
        }

        return counts;
    }

    private Task WatchAsync() => fixture.Service.Hosted<AlertWatch>().RunOnceAsync(Ended);

    private Task SeenAgoAsync(Room room, string interval) => fixture.Platform.ExecuteAsync(
        $"update space_states st set seen_at = now() - interval '{interval}' from spaces s where s.key = st.space_key and s.id = $1", room.Id);

    private Task RegisterAsync(Room room, string interval) => fixture.Platform.ExecuteAsync(
        $"""
        insert into devices (id, serial_number, space_id, key_hash, mqtt_username, mqtt_salt, created_at, updated_at)
        values ($1, $2, $3, $2::text::bytea, 'nobody', '', now() - interval '{interval}', now())
        """, Guid.CreateVersion7(), room.Id.ToString(), room.Id);
}
