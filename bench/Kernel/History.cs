using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Coworking.Local;
using Npgsql;

namespace Coworking.Bench;

/// <summary>Readings of past days, taken in by the service itself, so that every table it keeps beside them is as it would be; and a copy in the peer's raw table.</summary>
internal sealed class History(Stage stage, string id)
{
    /// <summary>Sends so many samples of each space, the last of them at the end, or now; back when they are all stored.</summary>
    public async Task LoadAsync(IReadOnlyList<BenchSpace> spaces, int samples, TimeSpan spacing, CancellationToken cancellationToken, DateTimeOffset? end = null)
    {
        var start = (end ?? TimeProvider.System.GetUtcNow()) - (samples * spacing);
        var messages = (long)samples * spaces.Count;
        var ids = spaces.Select(space => space.Id).ToArray();
        // A divisor of the number of spaces, so that a space's samples keep their order.
        var connections = Enumerable.Range(1, Math.Min(50, spaces.Count)).Last(number => spaces.Count % number == 0);
        var publisher = new Publisher(stage.Servers.Mosquitto.Port, new Workload(spaces, start, spacing), connections);
        // The sample by which a space was met may lie among them.
        var before = await StoredAsync(ids, start.AddSeconds(-1), cancellationToken);
        var watch = Stopwatch.StartNew();
        var acknowledged = await publisher.RunAsync(0, messages, rate: 0, CancellationToken.None, cancellationToken);
        var stored = 0L;
        await Wait.UntilAsync(
            async () =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
                return (stored = await StoredAsync(ids, start.AddSeconds(-1), cancellationToken) - before) >= messages;
            },
            TimeSpan.FromMinutes(10),
            $"{messages} readings are stored",
            cancellationToken);
        Comparison.Say(id, FormattableString.Invariant($"{stored} readings of {spaces.Count} spaces loaded in {watch.Elapsed.TotalSeconds:0} s"));

        if (acknowledged != messages || stored != messages)
        {
            throw new InvalidOperationException($"{messages} readings were sent, {acknowledged} acknowledged, {stored} stored");
        }
    }

    /// <summary>In the order of time, as they came.</summary>
    public async Task CopyAsync(PeerDatabase peer, IReadOnlyList<BenchSpace> spaces, CancellationToken cancellationToken)
    {
        const string Columns = "at, temp_c, humidity_pct, co2_ppm, occupancy, power_w, battery_pct, power_ok, door_open";
        await using var source = await stage.Database.OpenConnectionAsync(cancellationToken);
        await using var target = await peer.Source.OpenConnectionAsync(cancellationToken);
        var ids = string.Join(',', spaces.Select(space => $"'{space.Id}'"));
        using var reading = await source.BeginTextExportAsync($"""
            copy (select s.id, r.at, r.temp_c / 1000.0, r.humidity_pct / 1000.0, r.co2_ppm / 1000.0, r.occupancy, r.power_w / 1000.0, r.battery_pct / 1000.0, r.power_ok, r.door_open
                from iot.readings r join iot.spaces s on s.key = r.space_key where s.id in ({ids}) and r.at > now() - interval '19 days' order by r.at) to stdout
            """, cancellationToken);
        await using var writing = await target.BeginTextImportAsync($"copy readings (space_id, {Columns}) from stdin", cancellationToken);

        while (await reading.ReadLineAsync(cancellationToken) is { } line)
        {
            await writing.WriteAsync(line + "\n");
        }
    }

    /// <summary>Both sides as they are after a while: late hours are counted, and there is no page to be cleaned for the first who reads it.</summary>
    public async Task SettleAsync(PeerDatabase? peer, CancellationToken cancellationToken)
    {
        await Wait.UntilAsync(
            async () =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
                return await stage.CountAsync("select count(*) from iot.rollup_dirty", cancellationToken) == 0;
            },
            TimeSpan.FromMinutes(10),
            "the hours of late samples are made",
            cancellationToken);
        await stage.ExecuteAsync("vacuum analyze iot.readings", cancellationToken);
        await stage.ExecuteAsync("vacuum analyze iot.windows", cancellationToken);
        await stage.ExecuteAsync("vacuum analyze iot.hours", cancellationToken);
        await stage.ExecuteAsync("vacuum analyze iot.five_minutes", cancellationToken);

        if (peer is not null)
        {
            await peer.ExecuteAsync("vacuum analyze readings", cancellationToken);
        }

        await stage.ExecuteAsync("checkpoint", cancellationToken);
    }

    /// <summary>Milliseconds of each of so many questions for a range, spread over the spaces; null where the service does not know the range.</summary>
    public async Task<List<double>?> AskAsync(IReadOnlyList<BenchSpace> spaces, string range, int buckets, int questions, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        var times = new List<double>(questions);

        for (var i = 0; i < questions; i++)
        {
            using var request = stage.Question($"/api/v1/iot/spaces/{spaces[i % spaces.Count].Id}/telemetry?range={range}");
            var started = Stopwatch.GetTimestamp();
            using var response = await client.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);

            if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest)
            {
                return null;
            }

            response.EnsureSuccessStatusCode();

            // Believed only when it holds what was asked for; a service that does not know ranges yet answers something else.
            if (i == 0 && !IsWhole(body, buckets))
            {
                return null;
            }
        }

        return times;
    }

    public static bool Skip(string id)
    {
        Console.WriteLine($"{id} skipped: this iot-ingest does not answer telemetry?range= with buckets yet");
        return true;
    }

    private static bool IsWhole(byte[] body, int buckets)
    {
        using var document = JsonDocument.Parse(body);
        // One bucket may be cut off at either end.
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("data", out var data) && data.GetArrayLength() >= buckets - 2;
    }

    private async Task<long> StoredAsync(Guid[] ids, DateTimeOffset since, CancellationToken cancellationToken) => await stage.CountAsync(
        "select count(*) from iot.readings r join iot.spaces s on s.key = r.space_key where s.id = any($1) and r.at >= $2", cancellationToken, ids, since.UtcDateTime);
}
