using System.Diagnostics;
using System.Globalization;
using System.Text;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults.Ingest;

/// <summary>R5: Mosquitto is killed, as it is shipped and with the most durable of its settings.</summary>
internal static class KillBroker
{
    private const double MostSeconds = 2;
    private const string DurableSettings = "autosave_on_changes true\nautosave_interval 1";

    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Flood = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>What a profile came to.</summary>
    private sealed record Outcome(string Profile, double MostRate, int Rate, long Sent, long BrokerLost, long OursLost, long Twice, long Witnessed, long Unheard, int CleanStarts);

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var kills = options.Repeat ?? (options.Small ? 2 : 6);
        var run = new FaultRun("R5", "Mosquitto killed, two profiles", options);
        var shipped = await ProfileAsync("shipped", "", kills, options, run, cancellationToken);
        var durable = await ProfileAsync("durable", DurableSettings, kills, options, run, cancellationToken);
        Outcome[] both = [shipped, durable];
        var verdict = new Verdict(
        [
            .. both.SelectMany(one => new[]
            {
                new Check($"{one.Profile}: acknowledged by iot-ingest, and stored", one.Witnessed, one.Witnessed - one.OursLost, one.OursLost, 0),
                new Check($"{one.Profile}: counted in windows more than once", 0, one.Twice, 0, one.Twice),
                Check.AtMost($"{one.Profile}: connects that would throw away a session", 0, one.CleanStarts),
            }),
        ]);
        var table = new StringBuilder()
            .AppendLine("| | shipped (`autosave_interval 60`) | durable (`autosave_on_changes true`, `autosave_interval 1`) |").AppendLine("|---|---|---|")
            .AppendLine(Row("most that the broker takes, messages/s", both, one => one.MostRate))
            .AppendLine(Row("sent, messages/s", both, one => one.Rate))
            .AppendLine(Row("sent and acknowledged by the broker", both, one => one.Sent))
            .AppendLine(Row("of those missing in the end: the broker's loss", both, one => one.BrokerLost))
            .AppendLine(Row("told \"no matching subscribers\", sent again", both, one => one.Unheard));
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            Mosquitto is killed (SIGKILL) {kills} times in each of two profiles while 500 devices send with QoS 1, and started again after a second. It has saved its sessions at the beginning (SIGUSR1), and then as the profile says. Before every second
            kill iot-ingest stands still for two seconds, so that more lies in the broker alone. A proxy writes down what iot-ingest has acknowledged: all of it must be stored. What the broker alone had acknowledged is its
            own affair, and told here. "Ready after": until iot-ingest was connected and subscribed with every partition again, from the moment in which the broker listened; the other two times count from there, too.

            {table}
            """);
        return await run.ConcludeAsync(verdict, what, fault => fault.Ready!.Value, MostSeconds, cancellationToken);
    }

    private static string Row(string what, Outcome[] both, Func<Outcome, double> value) =>
        string.Create(CultureInfo.InvariantCulture, $"| {what} | {value(both[0]):#,0} | {value(both[1]):#,0} |");

    private static async Task<Outcome> ProfileAsync(string profile, string settings, int kills, FaultOptions options, FaultRun run, CancellationToken cancellationToken)
    {
        var random = new Random(options.Seed);
        var (devices, most) = options.Small ? (100, 400) : (500, 2000);
        var servers = new LocalServersOptions { Mosquitto = new MosquittoServerOptions { ExtraConfiguration = settings } };
        await using var proxied = await ProxiedStage.StartAsync(cancellationToken, servers, witness: true);
        var (stage, proxy) = (proxied.Stage, proxied.Proxy);
        var spaces = await proxied.AddSpacesAsync(16, devices, cancellationToken);
        var start = TimeProvider.System.GetUtcNow().AddHours(-24);
        var mostRate = await FloodAsync(stage, spaces, cancellationToken);
        proxy.Witnessed!.Clear();
        // As fast as it should be, but not so fast that the broker falls behind.
        var rate = (int)Math.Min(most, mostRate / 2);
        var workload = new Workload(spaces, start, Spacing);
        var recovery = await Recovery.OfAsync(stage, spaces, cancellationToken);
        await using var fleet = await Devices.StartAsync(stage.Servers.Mosquitto.Port, Sending.Of(workload, rate) with { Insists = true }, cancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(2), cancellationToken);
        await SaveAsync(stage, cancellationToken);
        run.Say(string.Create(CultureInfo.InvariantCulture, $"{profile}: the broker takes {mostRate:0} messages/s; {rate} messages/s, {kills} kills, seed {options.Seed}"));

        for (var kill = 1; kill <= kills; kill++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1 + (3 * random.NextDouble())), cancellationToken);
            run.Add(await KillAsync(proxied, recovery, $"{profile} ({kill})", kill % 2 == 0, run.Seconds, cancellationToken));
        }

        var sent = await fleet.StopAsync();
        return await CountAsync(profile, proxied, workload, sent, fleet.Unheard, mostRate, rate, cancellationToken);
    }

    private static async Task<Fault> KillAsync(ProxiedStage proxied, Recovery recovery, string what, bool stands, double at, CancellationToken cancellationToken)
    {
        var (stage, proxy) = (proxied.Stage, proxied.Proxy);
        var ingest = stage.Platform.IotIngestProcess;

        if (stands)
        {
            ingest.Pause();
            await Task.Delay(TimeSpan.FromSeconds(2), CancellationToken.None);
        }

        await stage.Servers.Mosquitto.KillAsync(CancellationToken.None);

        if (stands)
        {
            ingest.Resume();
        }

        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        await stage.Servers.Mosquitto.RestartAsync(cancellationToken);
        var began = Stopwatch.GetTimestamp();
        var mark = await recovery.NewestAsync(cancellationToken);
        var measuring = recovery.MeasureAsync(mark, began, cancellationToken);
        await Wait.UntilAsync(() => proxy.Following >= proxied.Partitions, Limit, "every partition is subscribed", cancellationToken);
        var ready = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var (first, all) = await measuring;
        return new Fault(what + (stands ? ", iot-ingest stood still" : ""), at, ready, first, all);
    }

    /// <returns>Messages per second that the broker acknowledges when they come as fast as they can, while iot-ingest reads along.</returns>
    private static async Task<double> FloodAsync(Stage stage, IReadOnlyList<BenchSpace> spaces, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetUtcNow().AddDays(-10);
        var publisher = new Publisher(stage.Servers.Mosquitto.Port, new Workload(spaces, start, TimeSpan.FromSeconds(1)), connections: 50);
        using var stop = new CancellationTokenSource(Flood);
        var began = Stopwatch.GetTimestamp();
        var sent = await publisher.RunAsync(0, long.MaxValue / 2, rate: 0, stop.Token, cancellationToken);
        var rate = sent / Stopwatch.GetElapsedTime(began).TotalSeconds;
        await Wait.UntilAsync(async () => await stage.SamplesAsync(start.AddMinutes(-1), cancellationToken) >= sent, 2 * Limit, "the flood is stored", cancellationToken);
        return rate;
    }

    private static async Task SaveAsync(Stage stage, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", ["-USR1", stage.Servers.Mosquitto.ProcessId.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(cancellationToken);
    }

    private static async Task<Outcome> CountAsync(
        string profile, ProxiedStage proxied, Workload workload, long sent, long unheard, double mostRate, int rate, CancellationToken cancellationToken)
    {
        var (stage, proxy) = (proxied.Stage, proxied.Proxy);
        // Behind everything that the broker still has.
        await stage.ProbeAsync(workload.Spaces, Stage.ProbeTime.AddHours(2), cancellationToken);
        var since = workload.TimeOf(0).AddMinutes(-1).UtcDateTime;
        var stored = new HashSet<(string, string)>();
        await using var command = stage.Database.CreateCommand(
            "select s.location_id, s.id, r.at from iot.readings r join iot.spaces s on s.key = r.space_key where r.at >= $1");
        command.Parameters.Add(new() { Value = since });
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                var space = new BenchSpace(reader.GetGuid(0), reader.GetGuid(1));
                stored.Add((space.Topic, string.Create(CultureInfo.InvariantCulture, $"{{\"ts\":\"{reader.GetDateTime(2):yyyy-MM-ddTHH:mm:ss.fff}Z\"")));
            }
        }

        var witnessed = proxy.Witnessed!.Keys.Where(one => string.CompareOrdinal(one.Payload[7..26], since.ToString("s", CultureInfo.InvariantCulture)) >= 0).ToList();
        var counted = await stage.SamplesAsync(workload.TimeOf(0).AddMinutes(-1), cancellationToken);
        return new Outcome(profile, mostRate, rate, sent, sent - stored.Count, witnessed.Count(one => !stored.Contains(one)), counted - stored.Count, witnessed.Count, unheard, proxy.CleanStarts);
    }
}
