using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults;

/// <summary>fleet: 5,000 simulated devices for two minutes, three kills, a second replica that joins in the middle.</summary>
internal static class Fleet
{
    private const int Kills = 3;
    private const int Locations = 16;

    /// <summary>Devices in a hurry beside those of the simulator: most of an hour of their time in two minutes of ours, so that alerts open and close, too.</summary>
    private const int Hurried = 100;

    private const int HurriedRate = 500;

    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(5);

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var (devices, seconds) = options.Small ? (400, 40) : (5000, 120);
        var random = new Random(options.Seed);
        var run = new FaultRun("fleet", "a fleet of simulated devices, three kills, a second replica that joins", options);
        using var folder = new TemporaryFolder();
        await using var stage = await Stage.StartAsync(cancellationToken);
        var simulated = await Simulator.SpacesAsync(Locations, devices, options.Seed, folder.Path, cancellationToken);
        await stage.AddAsync(simulated, cancellationToken);
        var hurried = await stage.AddSpacesAsync(Locations, Hurried, cancellationToken);
        var hurriedStart = TimeProvider.System.GetUtcNow().AddHours(-24);
        var workload = new Workload(hurried, hurriedStart, Spacing);
        var recovery = await Recovery.OfAsync(stage, simulated, cancellationToken);
        run.Say($"{devices} devices for {seconds} s, {Kills} kills and a join, seed {options.Seed}");

        var began = TimeProvider.System.GetUtcNow();
        var ledgerFile = Path.Combine(folder.Path, "ledger.jsonl");
        await using var simulator = await Simulator.StartAsync(stage.Servers.Mosquitto.Port, Locations, devices, seconds, options.Seed, ledgerFile, folder.Path, cancellationToken);
        await using var rushing = await Devices.StartAsync(stage.Servers.Mosquitto.Port, workload, HurriedRate, cancellationToken);
        await recovery.AllSinceAsync(began.UtcDateTime, cancellationToken);
        await FaultsAsync(stage, recovery, run, random, seconds, cancellationToken);

        var code = await simulator.WaitForExitAsync(cancellationToken).WaitAsync(TimeSpan.FromSeconds((2 * seconds) + 60), cancellationToken);
        run.Say("the devices have sent everything");
        var ledger = new Ledger();
        ledger.Add(workload, await rushing.StopAsync());
        var lines = ledger.AddFile(ledgerFile);

        if (code != 0 || lines != (long)devices * seconds)
        {
            throw new InvalidOperationException($"The simulator ended with code {code} and {lines} readings in its ledger where {(long)devices * seconds} were due: {simulator.LogTail()}");
        }

        var verdict = await Verdict.OfAsync(stage, [.. simulated, .. hurried], ledger, hurriedStart.AddMinutes(-1), cancellationToken);
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {devices} devices of tools/simulator (QoS 1, one message a second each, 50 connections) in {Locations} locations until {lines:#,0} readings are sent, beside them {Hurried} devices in a hurry
            whose alerts are known beforehand. The first replica is killed (SIGKILL) {Kills} times at random moments and started again at once; a second one joins in the middle. Then the windows and
            readings in the database are compared with the ledgers that the devices kept of what the broker acknowledged. Recovery: from a kill until every space has a fresh reading.
            """);
        return await run.ConcludeAsync(verdict, what, fault => fault.All, limit: null, cancellationToken);
    }

    /// <summary>The time of the run in as many parts as there are kills, and one in each.</summary>
    private static async Task FaultsAsync(Stage stage, Recovery recovery, FaultRun run, Random random, int seconds, CancellationToken cancellationToken)
    {
        var (origin, part) = (run.Seconds, 0.85 * seconds / Kills);

        for (var kill = 1; kill <= Kills; kill++)
        {
            var due = origin + (part * (kill - 1)) + (0.8 * part * random.NextDouble());

            if (kill == 2)
            {
                // Joins a random while before the second kill, or at the same time.
                run.Say("a second replica joins");
                _ = await stage.Platform.StartIotIngestReplicaAsync(cancellationToken);
            }

            await Task.Delay(TimeSpan.FromSeconds(Math.Max(0.1, due - run.Seconds)), cancellationToken);
            var at = run.Seconds;
            stage.Platform.IotIngestProcess.Kill();
            var killed = Stopwatch.GetTimestamp();
            var mark = await recovery.NewestAsync(cancellationToken);
            var restarting = stage.Platform.RestartAsync(PlatformService.IotIngest, cancellationToken);
            var measuring = recovery.MeasureAsync(mark, killed, cancellationToken);
            await restarting;
            var ready = Stopwatch.GetElapsedTime(killed).TotalSeconds;
            var (first, all) = await measuring;
            run.Add(new Fault($"kill {kill}", at, ready, first, all));
        }
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("coworking-faults-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
