using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;

namespace Coworking.Faults.Ingest;

/// <summary>R10: three times more comes than the database takes.</summary>
internal static class Overloaded
{
    private const int Times = 3;
    private const double MostGrowth = 2;
    private const int Spaces = 200;

    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Free = TimeSpan.FromMilliseconds(400);

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var (rate, seconds, warm) = options.Small ? (2000, 10, 6) : (6000, options.Full ? 300 : 100, 20);
        var run = new FaultRun("R10", "three times more than the database takes", options);
        await using var stage = await Stage.StartAsync(cancellationToken);
        var spaces = await stage.AddSpacesAsync(16, Spaces, cancellationToken);
        var start = TimeProvider.System.GetUtcNow().AddHours(-29);
        var workload = new Workload(spaces, start, Spacing);
        var publisher = new Publisher(stage.Servers.Mosquitto.Port, workload, connections: 50);
        var process = stage.Platform.IotIngestProcess;
        run.Say($"{rate} messages/s, {warm} s that it bears, then {seconds} s of which it stores a third");

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = WatchAsync(process.Id, over.Token);
        await publisher.RunAsync(0, (long)rate * warm, rate, CancellationToken.None, cancellationToken);
        var warmUntil = Stopwatch.GetTimestamp();
        var first = (long)rate * warm;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var slowing = SlowedDatabase.RunAsync(stage, FreeAsync, stop.Token);
        await publisher.RunAsync(first, (long)rate * seconds, rate, CancellationToken.None, cancellationToken);
        await stop.CancelAsync();
        await slowing;
        var (at, began) = (run.Seconds, Stopwatch.GetTimestamp());
        var sent = publisher.Acknowledged;
        var stored = await stage.SamplesAsync(start.AddMinutes(-1), cancellationToken);
        run.Say($"{sent} messages sent, {stored} stored");
        var drained = await DrainedAsync(stage, start, sent, began, TimeSpan.FromSeconds(options.Full ? 400 : 120), cancellationToken);
        run.Add(new Fault("overload is over", at, null, 0, drained));
        await over.CancelAsync();
        var samples = await watching;
        var ledger = new Ledger();
        ledger.Add(workload, sent);
        var verdict = await Verdict.OfAsync(stage, spaces, ledger, start.AddMinutes(-1), cancellationToken);
        var before = samples.Where(sample => sample.At <= warmUntil).Max(sample => sample.MiB);
        var peak = samples.Max(sample => sample.MiB);
        var times = (double)(sent - first) / Math.Max(1, stored - first);
        verdict = verdict with
        {
            Checks =
            [
                .. verdict.Checks,
                Check.AtLeast("sent : stored while it lasted, %", 100 * (Times - 0.3), 100 * times),
                Check.AtMost("resident memory, MiB, twice what it was before", MostGrowth * before, peak),
                Check.AtMost("crashes", 0, process.HasExited ? 1 : 0),
            ],
        };
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            50 connections with {Spaces} spaces send {rate} messages/s, QoS 1: {warm} s freely (most resident memory of iot-ingest {before:0} MiB), then {seconds} s while the table of readings is kept locked whenever more
            than a third of what was sent is stored ({times:0.0} times as much sent as stored; most resident memory {peak:0} MiB); then, unlocked, until everything is stored ("every space": {drained:0.0} s after the end).
            """);
        return await run.ConcludeAsync(verdict, what, fault => fault.All, limit: null, cancellationToken);

        async Task<TimeSpan> FreeAsync(CancellationToken token) =>
            Times * (await stage.SamplesAsync(start.AddMinutes(-1), token) - first) < publisher.Acknowledged - first ? Free : TimeSpan.Zero;
    }

    private static async Task<double> DrainedAsync(Stage stage, DateTimeOffset start, long sent, long began, TimeSpan limit, CancellationToken cancellationToken)
    {
        while (await stage.SamplesAsync(start.AddMinutes(-1), cancellationToken) < sent && Stopwatch.GetElapsedTime(began) < limit)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
        }

        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<List<(long At, double MiB)>> WatchAsync(int process, CancellationToken cancellationToken)
    {
        var samples = new List<(long, double)>();

        while (!cancellationToken.IsCancellationRequested)
        {
            samples.Add((Stopwatch.GetTimestamp(), ResidentMemory.MiB(process)));
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return samples;
    }
}
