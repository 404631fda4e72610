using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults;

/// <summary>R1: iot-ingest is killed again and again in the middle of its work.</summary>
internal static class KillIngest
{
    // From ready: how long it takes to start is told beside it.
    private const double MostSeconds = 3;

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var kills = options.Repeat ?? (options.Small ? 2 : 50);
        var (devices, rate) = options.Small ? (100, 400) : (500, 2000);
        var random = new Random(options.Seed);
        var run = new FaultRun("R1", "iot-ingest killed in the middle of its work", options);
        await using var stage = await Stage.StartAsync(cancellationToken);
        var spaces = await stage.AddSpacesAsync(16, devices, cancellationToken);
        await using var fleet = await WatchedFleet.StartAsync(stage, spaces, rate, cancellationToken);
        run.Say($"{devices} devices, {rate} messages/s, {kills} kills, seed {options.Seed}");

        for (var kill = 1; kill <= kills; kill++)
        {
            await Task.Delay(TimeSpan.FromSeconds(0.5 + (2.5 * random.NextDouble())), cancellationToken);
            var at = run.Seconds;
            stage.Platform.IotIngestProcess.Kill();
            var killed = Stopwatch.GetTimestamp();
            var restarting = RestartAsync(stage, killed, cancellationToken);
            // What was committed before the kill is not fresh.
            var mark = await fleet.Recovery.NewestAsync(cancellationToken);
            var (first, all) = await fleet.Recovery.MeasureAsync(mark, killed, cancellationToken);
            run.Add(new Fault($"kill {kill}", at, await restarting, first, all));
        }

        // Long enough that alerts of the last cycle are judged, too.
        var verdict = await fleet.VerdictAsync(cancellationToken);
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {devices} devices in 16 locations send {rate} messages/s, QoS 1, while iot-ingest is killed (SIGKILL) {kills} times and started again at once. A device's samples lie 5 s apart by its own clock; one in
            twenty devices has bad air for six of ten minutes of its time, so that its alerts are known beforehand. Recovery is told from the moment in which the new process is ready; a lease
            of a killed replica runs for up to 10 s.
            """);
        return await run.ConcludeAsync(verdict, what, fault => Math.Max(0, fault.First - fault.Ready!.Value), MostSeconds, cancellationToken);
    }

    /// <returns>Seconds from the kill until it was ready.</returns>
    private static async Task<double> RestartAsync(Stage stage, long killed, CancellationToken cancellationToken)
    {
        await stage.Platform.RestartAsync(PlatformService.IotIngest, cancellationToken);
        return Stopwatch.GetElapsedTime(killed).TotalSeconds;
    }
}
