using System.Globalization;

namespace Coworking.Bench;

/// <summary>P10: what the gateway adds to the slowest hundredth of requests at a rate that it carries with ease.</summary>
internal static class P10
{
    private const int Rate = 5_000;

    // Clocks, timers and the load generator's own wake-ups are no finer than this: a smaller difference says nothing.
    private const double Finest = 10;

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var program = await Paced.CompileAsync(cancellationToken);
        await using var stage = await GatewayStage.StartAsync(cancellationToken);
        await using var nginx = await Peers.NginxAsync(stage.UpstreamServer.Address, cancellationToken);
        var versions = await GatewayLoad.VersionsAsync(cancellationToken);
        var plan = new Plan
        {
            Id = "P10",
            Title = "what is added to p99 at 5,000 requests/s",
            What = string.Create(CultureInfo.InvariantCulture, $"""
                GET of 1 KB at a fixed {Rate} requests/s over 32 connections (`bench/peers/c/paced.c`): each request is due at a time of its own, and its latency counts from then, so that
                whoever stalls is charged for all that had to wait. p99 through the proxy less p99 straight to the upstream, both measured in the same round. The gateway runs as in Production
                with key and limit. Peer: nginx `proxy_pass`, a worker per core, connections kept; no key, no limit.
                {versions}
                """),
            Unit = "µs added to p99",
            WorkUnit = "request",
            Goal = new Goal(2.0, 1.3, AtLeast: false),
            OursName = "gateway",
            PeerName = "nginx",
        };
        // At full speed first, as the compiler's last tier comes with calls, not with time.
        await Wrk.MeasureAsync(stage.Gateway, stage.Key, TimeSpan.FromSeconds(options.Pick(1, 10, 20)), new Dictionary<string, int>(), cancellationToken);
        // And at this rate, at which everything waits that is ready at full speed: the compiler was seen to take a quarter of the gateway's time in the first rounds.
        await Paced.RunAsync(program, stage.Gateway, stage.Key, Rate, options.Pick(1, 10, 20), cancellationToken);
        return await Comparison.RunAsync(
            plan, options, _ => MeasureAsync("gateway", stage.Gateway), _ => MeasureAsync("nginx", nginx), cancellationToken);

        async Task<Measured> MeasureAsync(string name, Proxy proxy)
        {
            var seconds = options.Pick(1, 4, 20);
            var straight = await Paced.RunAsync(program, stage.UpstreamServer, stage.Key, Rate, seconds, cancellationToken);
            var processes = new Dictionary<string, int> { [name] = proxy.ProcessId, ["upstream"] = stage.UpstreamServer.ProcessId };
            var before = CpuTime.Of(processes);
            var through = await Paced.RunAsync(program, proxy, stage.Key, Rate, seconds, cancellationToken);
            var used = CpuTime.Since(before, CpuTime.Of(processes));
            Comparison.Say("P10", string.Create(CultureInfo.InvariantCulture,
                $"{name}: p50 {through.P50:0}, p99 {through.P99:0}, p99.9 {through.P999:0} µs; straight: p50 {straight.P50:0}, p99 {straight.P99:0}, p99.9 {straight.P999:0} µs"));
            return Measured.Of(Math.Max(Finest, through.P99 - straight.P99), (long)Rate * seconds, used);
        }
    }
}
