using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Coworking.Local;
using Npgsql;

namespace Coworking.Bench;

/// <summary>The whole platform on this machine under the load that it must carry: 20,000 messages a second for 30 s, then reads through the gateway.</summary>
internal static class Smoke
{
    private const string Key = "admin-secret-key-123";
    private const int Rate = 20_000;
    private const int Connections = 50;
    private const int Locations = 16;
    private const int Spaces = 200;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);

    public static async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        await using var servers = await LocalServers.StartAsync(new LocalServersOptions(), cancellationToken);
        await using var platform = await Platform.StartAsync(
            new PlatformOptions { Postgres = servers.Postgres, Bus = servers.Rabbit.Uri(), Mosquitto = servers.Mosquitto, Demo = true }, cancellationToken);
        await using var database = NpgsqlDataSource.Create(servers.Postgres.ConnectionString("coworking", "postgres"));
        Say("platform is up");
        var topics = await SpacesAsync(platform.Gateway, database, cancellationToken);
        Say($"{Spaces} spaces in {Locations} locations are known to iot-ingest");
        var before = await CountAsync(database, cancellationToken);
        var usageBefore = Usage(platform);
        var watch = Stopwatch.StartNew();
        var acknowledged = await MqttLoad.RunAsync(servers.Mosquitto.Port, topics, Connections, Rate, Duration, cancellationToken);
        var published = watch.Elapsed;
        await Wait.UntilAsync(async () => await CountAsync(database, cancellationToken) - before >= acknowledged, TimeSpan.FromSeconds(60), "every acknowledged message stored", cancellationToken);
        var stored = watch.Elapsed;
        var count = await CountAsync(database, cancellationToken) - before;
        var windows = await ScalarAsync(database, "select sum(sample_count) from iot.windows", cancellationToken) - await ScalarAsync(database, "select count(*) from iot.readings", cancellationToken);
        var usage = Usage(platform);
        var ingestCpu = 1e6 * (usage["iot-ingest"].CpuSeconds - usageBefore["iot-ingest"].CpuSeconds) / acknowledged;
        Say($"{acknowledged} acknowledged in {published.TotalSeconds:0.0} s, stored {stored.TotalSeconds - published.TotalSeconds:0.0} s later");
        var key = await LiftedKeyAsync(platform.Gateway, cancellationToken);
        // Warm first: the compiler's second tier comes in while these run.
        await HttpLoad.RunAsync(new Uri(platform.Gateway, "/api/v1/locations"), key, connections: 32, TimeSpan.FromSeconds(10), cancellationToken);
        var rps = await HttpLoad.RunAsync(new Uri(platform.Gateway, "/api/v1/locations"), key, connections: 32, TimeSpan.FromSeconds(10), cancellationToken);
        usage = Usage(platform);

        var rows = new List<(string What, string Seen, string Must, bool Held)>
        {
            Row("MQTT QoS 1, sent in time, messages/s", acknowledged / published.TotalSeconds, Rate * 0.97, atLeast: true),
            Row("acknowledged by the broker", acknowledged, Rate * Duration.TotalSeconds, atLeast: true),
            Row("stored, of those acknowledged", count, acknowledged, atLeast: true),
            Row("stored beyond those acknowledged", count - acknowledged, 0, atLeast: false),
            Row("difference of windows and readings", Math.Abs(windows), 0, atLeast: false),
            Row("backlog after the last message, s", (stored - published).TotalSeconds, 5, atLeast: false),
            Row("iot-ingest peak MiB", usage["iot-ingest"].PeakMiB, 250, atLeast: false),
            Row("gateway peak MiB", usage["gateway"].PeakMiB, 200, atLeast: false),
            Row("reservations peak MiB", usage["reservations"].PeakMiB, 200, atLeast: false),
            Row("GET /api/v1/locations through the gateway, requests/s, warm", rps, 5000, atLeast: true),
        };
        var held = rows.TrueForAll(row => row.Held);
        await WriteAsync(rows, ingestCpu, cancellationToken);
        Console.WriteLine($"smoke {(held ? "held" : "did not hold")} {rows.Count(row => row.Held)}/{rows.Count}");
        return held;
    }

    private static (string, string, string, bool) Row(string what, double seen, double must, bool atLeast) =>
        (what, seen.ToString("#,0.#", CultureInfo.InvariantCulture), (atLeast ? ">= " : "<= ") + must.ToString("#,0.#", CultureInfo.InvariantCulture), atLeast ? seen >= must : seen <= must);

    private static async Task<List<string>> SpacesAsync(Uri gateway, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = gateway };
        client.DefaultRequestHeaders.Add("x-api-key", Key);
        var before = await ScalarAsync(database, "select count(*) from iot.spaces", cancellationToken);
        var locations = new List<string>();

        for (var i = 0; i < Locations; i++)
        {
            locations.Add(await CreateAsync(client, "/api/v1/locations", new { name = $"Bench {i}", latitude = 19.4, longitude = -99.1, timezone = "UTC" }, cancellationToken));
        }

        var topics = new List<string>();

        for (var i = 0; i < Spaces; i++)
        {
            var location = locations[i % Locations];
            var space = await CreateAsync(client, "/api/v1/spaces", new { locationId = location, name = $"Bench {i}", capacity = 8 }, cancellationToken);
            topics.Add($"sites/{location}/offices/{space}/telemetry");
        }

        await Wait.UntilAsync(
            async () => await ScalarAsync(database, "select count(*) from iot.spaces", cancellationToken) - before >= Spaces, TimeSpan.FromSeconds(30), "the spaces at iot-ingest", cancellationToken);
        // Heard within 2 s, says the spec of the subscription of a new location.
        await Task.Delay(TimeSpan.FromSeconds(2), cancellationToken);
        return topics;
    }

    /// <summary>A key that no limit stops: what is measured is the way of a request, not where it ends.</summary>
    private static async Task<string> LiftedKeyAsync(Uri gateway, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = gateway };
        client.DefaultRequestHeaders.Add("x-api-key", Key);
        using var response = await client.PostAsJsonAsync("/api/v1/api-keys", new { role = "USER", label = "Bench", limit = new { perMinute = 100_000_000, burst = 1_000_000 } }, cancellationToken);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("key").GetString()!;
    }

    private static async Task<string> CreateAsync(HttpClient client, string address, object body, CancellationToken cancellationToken)
    {
        using var response = await client.PostAsJsonAsync(address, body, cancellationToken);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("id").GetString()!;
    }

    private static Dictionary<string, ProcessUsage> Usage(Platform platform) => new()
    {
        ["gateway"] = ProcessUsage.Of(platform.GatewayProcess.Id),
        ["reservations"] = ProcessUsage.Of(platform.ReservationsProcess.Id),
        ["iot-ingest"] = ProcessUsage.Of(platform.IotIngestProcess.Id),
    };

    private static Task<long> CountAsync(NpgsqlDataSource database, CancellationToken cancellationToken) => ScalarAsync(database, "select count(*) from iot.readings", cancellationToken);

    private static async Task<long> ScalarAsync(NpgsqlDataSource database, string sql, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
    }

    private static async Task WriteAsync(List<(string What, string Seen, string Must, bool Held)> rows, double ingestCpu, CancellationToken cancellationToken)
    {
        var text = new StringBuilder()
            .AppendLine("# smoke")
            .AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"`./dev bench smoke` on {TimeProvider.System.GetUtcNow():yyyy-MM-dd}, {Environment.ProcessorCount} cores, .NET {Environment.Version}; generator, broker, PostgreSQL, RabbitMQ and the three services on one machine, durability on.")
            .AppendLine()
            .AppendLine("| what | seen | must | |")
            .AppendLine("|---|---|---|---|");

        foreach (var (what, seen, must, held) in rows)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {what} | {seen} | {must} | {(held ? "held" : "**not held**")} |");
        }

        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"iot-ingest used {ingestCpu:0.0} µs of CPU per message.");
        Console.Write(text);
        var folder = Path.Combine(Repository(), "bench", "results");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "smoke.md"), text.ToString(), cancellationToken);
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);

        while (!File.Exists(Path.Combine(folder.FullName, "Coworking.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("Coworking.sln is not above the bench");
        }

        return folder.FullName;
    }

    private static void Say(string what) => Console.WriteLine("smoke: " + what);
}
