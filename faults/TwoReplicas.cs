using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults;

/// <summary>R21: two replicas; one is killed or leaves, again and again, and another joins.</summary>
internal static class TwoReplicas
{
    private const double MostSeconds = 12;

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var faults = options.Repeat ?? (options.Small ? 2 : 20);
        var (devices, rate) = options.Small ? (100, 400) : (500, 2000);
        var random = new Random(options.Seed);
        var run = new FaultRun("R21", "two replicas of iot-ingest, one killed again and again", options);
        await using var stage = await Stage.StartAsync(cancellationToken);
        var spaces = await stage.AddSpacesAsync(16, devices, cancellationToken);
        var second = await stage.Platform.StartIotIngestReplicaAsync(cancellationToken);
        await using var fleet = await WatchedFleet.StartAsync(stage, spaces, rate, cancellationToken);
        await SpreadAsync(stage, cancellationToken);
        run.Say($"{devices} devices, {rate} messages/s, {faults} faults, seed {options.Seed}");

        for (var fault = 1; fault <= faults; fault++)
        {
            await Task.Delay(TimeSpan.FromSeconds(0.5 + (2.5 * random.NextDouble())), cancellationToken);
            var isFirst = random.Next(2) == 0;
            // One in four goes in order, as in a roll-out.
            var leaves = random.Next(4) == 0;
            var process = isFirst ? stage.Platform.IotIngestProcess : second.Process;
            var (at, began) = (run.Seconds, Stopwatch.GetTimestamp());

            if (leaves)
            {
                await process.TerminateAsync(cancellationToken: cancellationToken);
            }
            else
            {
                process.Kill();
            }

            var mark = await fleet.Recovery.NewestAsync(cancellationToken);
            var (first, all) = await fleet.Recovery.MeasureAsync(mark, began, cancellationToken);
            run.Add(new Fault($"{(isFirst ? "first" : "second")} replica {(leaves ? "leaves" : "killed")} ({fault})", at, null, first, all));

            // Joins only now: what was measured is the other one taking over.
            if (isFirst)
            {
                await stage.Platform.RestartAsync(PlatformService.IotIngest, cancellationToken);
            }
            else
            {
                second = await stage.Platform.StartIotIngestReplicaAsync(cancellationToken);
            }

            await SpreadAsync(stage, cancellationToken);
        }

        var verdict = await fleet.VerdictAsync(cancellationToken);
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {devices} devices in 16 locations send {rate} messages/s, QoS 1, to two replicas. {faults} times one of them, by chance, is killed (SIGKILL) or, one time in four, ended in order (SIGTERM); once every
            space has a fresh reading through the other one, a new replica joins and takes its share. The alerts are those that one replica would have raised. Recovery: from the fault until every
            space has a reading that is newer than all that was stored before.
            """);
        return await run.ConcludeAsync(verdict, what, fault => fault.All, MostSeconds, cancellationToken);
    }

    /// <summary>Until two replicas share the partitions.</summary>
    private static Task SpreadAsync(Stage stage, CancellationToken cancellationToken) => Wait.UntilAsync(
        async () => await stage.CountAsync(
            "select count(*) from (select holder from iot.leases where name like 'partition/%' and held_until > now() group by holder having count(*) >= 6) as h", cancellationToken) == 2,
        TimeSpan.FromSeconds(60),
        "two replicas share the partitions",
        cancellationToken);
}
