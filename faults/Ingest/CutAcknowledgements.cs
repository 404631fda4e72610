using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults.Ingest;

/// <summary>R2: between the commit of a batch and its acknowledgements the connection breaks, or the process is killed.</summary>
internal static class CutAcknowledgements
{
    // One fault in so many is a kill: a start takes seconds, of which a hundred would not fit.
    private const int KillOneIn = 10;

    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var (faults, batch) = (options.Repeat ?? (options.Small ? 6 : 100), options.Small ? 100 : 500);
        var random = new Random(options.Seed);
        var run = new FaultRun("R2", "killed or cut between the commit and the acknowledgement", options);
        await using var proxied = await ProxiedStage.StartAsync(cancellationToken);
        var (stage, proxy) = (proxied.Stage, proxied.Proxy);
        var spaces = await proxied.AddSpacesAsync(16, batch, cancellationToken);
        var start = TimeProvider.System.GetUtcNow().AddHours(-24);
        var workload = new Workload(spaces, start, Spacing);
        var publisher = new Publisher(stage.Servers.Mosquitto.Port, workload, connections: 10);
        run.Say($"{faults} batches of {batch} readings, seed {options.Seed}");
        var (early, kills) = (0L, 0);

        for (var fault = 1; fault <= faults; fault++)
        {
            await proxied.FollowingAsync(cancellationToken);
            proxy.Withholds = true;
            var (withheld, passed) = (proxy.Withheld, proxy.Acknowledged);
            await publisher.RunAsync((fault - 1L) * batch, batch, rate: 0, CancellationToken.None, cancellationToken);
            await Wait.UntilAsync(() => proxy.Withheld - withheld >= batch, Limit, "the batch is acknowledged towards the broker", cancellationToken);
            // Whatever has been acknowledged is committed, and so is seen from here.
            early += (fault * (long)batch) - await stage.SamplesAsync(start.AddMinutes(-1), cancellationToken);
            var isKill = random.Next(KillOneIn) == 0;
            var (at, began) = (run.Seconds, Stopwatch.GetTimestamp());
            var ready = await BreakAsync(proxied, isKill, cancellationToken);
            kills += isKill ? 1 : 0;
            await Wait.UntilAsync(() => proxy.Acknowledged - passed >= batch, Limit, "the batch comes again and is acknowledged", cancellationToken);
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;

            // A line for each kill and for some of the cuts: a hundred tell no more.
            if (isKill || fault % KillOneIn == 0)
            {
                run.Add(new Fault(isKill ? $"kill ({fault})" : $"cut ({fault})", at, ready, seconds, seconds));
            }
        }

        var ledger = new Ledger();
        ledger.Add(workload, (long)faults * batch);
        var verdict = await Verdict.OfAsync(stage, spaces, ledger, start.AddMinutes(-1), cancellationToken);
        verdict = verdict with
        {
            Checks =
            [
                .. verdict.Checks,
                new Check("acknowledged before it was committed", 0, early, early, 0),
                Check.AtLeast("readings that the broker sent again (DUP)", (long)faults * batch, proxy.Redelivered),
            ],
        };
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            A proxy between iot-ingest and Mosquitto lets everything through but the acknowledgements of {batch} readings, one of each of {batch} spaces. When all of them have come, and so all is committed,
            {faults - kills} times the connections are reset and {kills} times the process is killed (SIGKILL) and started again. The broker sends everything once more; each reading counts once.
            "First fresh reading" is the time from the fault until the last of the copies was acknowledged.
            """);
        return await run.ConcludeAsync(verdict, what, fault => fault.First, limit: null, cancellationToken);
    }

    /// <returns>Seconds until a killed process is ready again; null after a cut.</returns>
    private static async Task<double?> BreakAsync(ProxiedStage proxied, bool isKill, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();

        if (isKill)
        {
            proxied.Stage.Platform.IotIngestProcess.Kill();
        }

        // First cut, then open: nothing that was held back may slip through on an old connection.
        proxied.Proxy.Cut();
        proxied.Proxy.Withholds = false;

        if (!isKill)
        {
            return null;
        }

        await proxied.Stage.Platform.RestartAsync(PlatformService.IotIngest, cancellationToken);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
