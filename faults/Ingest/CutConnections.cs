using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults.Ingest;

/// <summary>R7: connections are reset every second, those of the devices too; then those of iot-ingest are open and dead.</summary>
internal static class CutConnections
{
    // One and a half keep-alives, of 30 s as shipped.
    private const double MostSeconds = 45;

    private const int HalfOpen = 2;

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var resets = options.Repeat ?? (options.Small ? 5 : 60);
        var (devices, rate) = options.Small ? (100, 200) : (500, 500);
        var random = new Random(options.Seed);
        var run = new FaultRun("R7", "connections reset every second, and half-open ones", options);
        await using var proxied = await ProxiedStage.StartAsync(cancellationToken);
        var (stage, proxy) = (proxied.Stage, proxied.Proxy);
        await using var outside = new BrokerProxy(stage.Servers.Mosquitto.Port);
        var spaces = await proxied.AddSpacesAsync(16, devices, cancellationToken);
        await using var fleet = await WatchedFleet.StartAsync(stage, spaces, rate, cancellationToken, outside.Port);
        run.Say($"{devices} devices, {rate} messages/s, {resets} resets, {HalfOpen} times half-open, seed {options.Seed}");
        await ResetAsync(resets, proxied, outside, fleet.Recovery, run, cancellationToken);

        for (var fault = 1; fault <= HalfOpen; fault++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1 + (3 * random.NextDouble())), cancellationToken);
            var (at, began) = (run.Seconds, Stopwatch.GetTimestamp());
            proxy.Freeze();
            var mark = await fleet.Recovery.NewestAsync(cancellationToken);
            await Wait.UntilAsync(() => proxy.Following > 0, TimeSpan.FromSeconds(90), "the first half-open connection is noticed", cancellationToken);
            var first = Stopwatch.GetElapsedTime(began).TotalSeconds;
            await Wait.UntilAsync(() => proxy.Following >= proxied.Partitions, TimeSpan.FromSeconds(90), "every half-open connection is noticed", cancellationToken);
            var all = Stopwatch.GetElapsedTime(began).TotalSeconds;
            await fleet.Recovery.MeasureAsync(mark, began, cancellationToken);
            run.Add(new Fault($"half-open ({fault})", at, null, first, all));
        }

        var verdict = await fleet.VerdictAsync(cancellationToken);
        verdict = verdict with { Checks = [.. verdict.Checks, Check.AtMost("connects that would throw away a session", 0, proxy.CleanStarts)] };
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {devices} devices send {rate} messages/s, QoS 1, through one proxy, iot-ingest reads through another. Each second, {resets} times, all connections of both are reset; the broker sent {proxy.Redelivered:#,0} readings to
            iot-ingest a second time. Then, {HalfOpen} times, nothing passes any more on the connections of iot-ingest, which stay open. Half-open, "first fresh reading" and "every space" are the times
            until the first and the last of the {proxied.Partitions} partitions was connected and subscribed anew. Keep-alive is 30 s, as shipped.
            """);
        return await run.ConcludeAsync(verdict, what, fault => fault.All, MostSeconds, cancellationToken);
    }

    private static async Task ResetAsync(int resets, ProxiedStage proxied, BrokerProxy outside, Recovery recovery, FaultRun run, CancellationToken cancellationToken)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(1));

        for (var reset = 0; reset < resets; reset++)
        {
            await tick.WaitForNextTickAsync(cancellationToken);
            proxied.Proxy.Cut();
            outside.Cut();
        }

        var (at, began) = (run.Seconds, Stopwatch.GetTimestamp());
        var mark = await recovery.NewestAsync(cancellationToken);
        var (first, all) = await recovery.MeasureAsync(mark, began, cancellationToken);
        run.Add(new Fault($"the last of {resets} resets", at, null, first, all));
    }
}
