using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;

namespace Coworking.Faults.Ingest;

/// <summary>R6: iot-ingest stands still for half a minute (SIGSTOP) while devices go on.</summary>
internal static class PausedIngest
{
    private const double MostSeconds = 30;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var pauses = options.Repeat ?? (options.Small ? 1 : 3);
        var (devices, rate, still) = options.Small ? (100, 400, 5) : (500, 2000, 30);
        var random = new Random(options.Seed);
        var run = new FaultRun("R6", "iot-ingest stands still", options);
        await using var stage = await Stage.StartAsync(cancellationToken);
        var spaces = await stage.AddSpacesAsync(16, devices, cancellationToken);
        await using var fleet = await WatchedFleet.StartAsync(stage, spaces, rate, cancellationToken);
        run.Say($"{devices} devices, {rate} messages/s, {pauses} times {still} s, seed {options.Seed}");

        for (var pause = 1; pause <= pauses; pause++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1 + (3 * random.NextDouble())), cancellationToken);
            var at = run.Seconds;
            var process = stage.Platform.IotIngestProcess;
            process.Pause();

            try
            {
                await Task.Delay(TimeSpan.FromSeconds(still), cancellationToken);
            }
            finally
            {
                process.Resume();
            }

            var began = Stopwatch.GetTimestamp();
            var mark = await fleet.Recovery.NewestAsync(cancellationToken);
            var (first, _) = await fleet.Recovery.MeasureAsync(mark, began, cancellationToken);

            // Half a second of messages is always on the way.
            while (fleet.Sent - await fleet.CountedAsync(cancellationToken) > rate / 2)
            {
                await Task.Delay(Look, cancellationToken);
            }

            run.Add(new Fault($"stood still ({pause})", at, null, first, Stopwatch.GetElapsedTime(began).TotalSeconds));
        }

        var verdict = await fleet.VerdictAsync(cancellationToken);
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {devices} devices in 16 locations send {rate} messages/s, QoS 1; {pauses} times iot-ingest is stopped (SIGSTOP) for {still} s, three times the life of its leases, and continued. What comes meanwhile
            waits in the broker, within the limits of the configuration that is shipped. Caught up, from the continuation ("every space"): no more than half a second of messages is on the way.
            """);
        return await run.ConcludeAsync(verdict, what, fault => fault.All, MostSeconds, cancellationToken);
    }
}
