using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults.Ingest;

/// <summary>R9: one message in a hundred is poison.</summary>
internal static class Poison
{
    private const double LeastShare = 0.95;
    private const ushort BadId = 65_500;

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var (devices, rate, seconds, topics) = options.Small ? (100, 400, 5, 2) : (500, 2000, 45, 16);
        var run = new FaultRun("R9", "one message in a hundred is poison", options);
        await using var proxied = await ProxiedStage.StartAsync(cancellationToken);
        var stage = proxied.Stage;
        var spaces = await proxied.AddSpacesAsync(16, devices, cancellationToken);
        await using var fleet = await WatchedFleet.StartAsync(stage, spaces, rate, cancellationToken);
        var process = stage.Platform.IotIngestProcess.Id;
        run.Say($"{devices} devices, {rate} messages/s for {seconds} s without poison, then as long with it");

        var clean = await RateAsync(fleet, seconds, cancellationToken);
        var count = (long)rate / 100 * seconds;
        var sending = new Sending(new PoisonMessages(spaces, fleet.Start).Of, rate / 100) { Count = count, Name = "poison", Lines = 5 };
        await using var poison = await Devices.StartAsync(stage.Servers.Mosquitto.Port, sending, cancellationToken);
        var poisoned = await RateAsync(fleet, seconds, cancellationToken);
        await poison.FinishAsync();
        run.Say(string.Create(CultureInfo.InvariantCulture, $"{clean:0} good readings/s without, {poisoned:0} with poison"));
        // No poison may be on the way when connections break: it would come, and be written down, twice.
        var rejected = await RejectedAsync(stage, count, cancellationToken);
        await BadTopicsAsync(proxied, topics, run, cancellationToken);

        var verdict = await fleet.VerdictAsync(cancellationToken);
        var isSame = !stage.Platform.IotIngestProcess.HasExited && stage.Platform.IotIngestProcess.Id == process;
        verdict = verdict with
        {
            Checks = [.. verdict.Checks, .. rejected, Check.AtMost("crashes", 0, isSame ? 0 : 1), Check.AtLeast("good readings with poison, % of those without", 100 * LeastShare, Math.Round(100 * poisoned / clean))],
        };
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {devices} devices in 16 locations send {rate} messages/s, QoS 1: for {seconds} s nothing else ({clean:#,0} stored a second), then with {rate / 100} messages/s of poison beside them ({poisoned:#,0} stored a second): JSON cut
            off, NaN, a million bytes, 10,000 brackets that open, 8,000 that close again. Each is among the rejected ones. Then {topics} packets whose topic is no UTF-8, which Mosquitto would refuse, are put into the
            connections of iot-ingest by a proxy: each ends its connection (first fresh reading: until all are connected and subscribed again), and what was on the way comes again.
            """);
        return await run.ConcludeAsync(verdict, what, fault => fault.First, limit: null, cancellationToken);
    }

    /// <summary>Good readings stored per second.</summary>
    private static async Task<double> RateAsync(WatchedFleet fleet, int seconds, CancellationToken cancellationToken)
    {
        var (before, began) = (await fleet.CountedAsync(cancellationToken), Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(seconds), cancellationToken);
        return (await fleet.CountedAsync(cancellationToken) - before) / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<List<Check>> RejectedAsync(Stage stage, long count, CancellationToken cancellationToken)
    {
        var checks = new List<Check>();

        foreach (var reason in Enumerable.Range(0, (int)count).GroupBy(n => PoisonMessages.ReasonOf(n)))
        {
            var (expected, seen) = (reason.LongCount(), 0L);

            try
            {
                await Wait.UntilAsync(
                    async () => (seen = await stage.CountAsync("select count(*) from iot.rejected_readings where reason = $1", cancellationToken, reason.Key)) >= expected,
                    TimeSpan.FromSeconds(30), "every poison is rejected", cancellationToken);
            }
            catch (TimeoutException)
            {
                // Told by the count.
            }

            checks.Add(new Check($"rejected as {reason.Key}", expected, seen, Math.Max(0, expected - seen), Math.Max(0, seen - expected)));
        }

        return checks;
    }

    private static async Task BadTopicsAsync(ProxiedStage proxied, int topics, FaultRun run, CancellationToken cancellationToken)
    {
        for (var topic = 1; topic <= topics; topic++)
        {
            await proxied.FollowingAsync(cancellationToken);
            var line = proxied.Proxy.Partitions[topic % proxied.Proxy.Partitions.Count];
            var (at, began) = (run.Seconds, Stopwatch.GetTimestamp());
            await line.InjectAsync(PoisonMessages.BadTopic(BadId), BadId, cancellationToken);
            await line.Completion.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
            await proxied.FollowingAsync(cancellationToken);
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            run.Add(new Fault($"bad topic ({topic})", at, null, seconds, seconds));
        }
    }
}
