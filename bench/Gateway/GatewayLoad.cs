using System.Globalization;

namespace Coworking.Bench;

/// <summary>What P6 to P9 share: the gateway and one peer before the same upstream, in turn.</summary>
internal static class GatewayLoad
{
    public const string Workload = "GET of 1 KB from memory (an nginx with one worker behind every side), 32 connections, wrk with one thread, one request at a time on each connection. The gateway runs as in Production: key, limit, identity, request id, security headers.";

    /// <param name="id">Row of the specification.</param>
    /// <param name="peerName">As in the table.</param>
    /// <param name="what">What the peer does.</param>
    /// <param name="goal">For ours : peer in requests per second.</param>
    /// <param name="start">The peer.</param>
    /// <param name="keyed">The peer checks keys: it must refuse whoever has none.</param>
    /// <param name="options">Of the command line.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<bool> CompareAsync(
        string id, string peerName, string what, Goal goal, Func<GatewayStage, Task<Proxy>> start, bool keyed, RunOptions options, CancellationToken cancellationToken)
    {
        await using var stage = await GatewayStage.StartAsync(cancellationToken);
        await using var peer = await start(stage);
        await RefusesAsync(stage.Gateway, cancellationToken);

        if (keyed)
        {
            await RefusesAsync(peer, cancellationToken);
        }

        var plan = new Plan
        {
            Id = id,
            Title = $"requests per second through the gateway, against {peerName}",
            What = $"{Workload}\nPeer: {what}\n{await VersionsAsync(cancellationToken)}",
            Unit = "requests/s",
            WorkUnit = "request",
            Goal = goal,
            OursName = "gateway",
            PeerName = peerName,
        };
        return await Comparison.RunAsync(
            plan,
            options,
            round => MeasureAsync("gateway", stage.Gateway, stage, round, options, cancellationToken),
            round => MeasureAsync(peerName, peer, stage, round, options, cancellationToken),
            cancellationToken);
    }

    /// <summary>The programs' versions, beside those that every page names.</summary>
    public static async Task<string> VersionsAsync(CancellationToken cancellationToken)
    {
        var versions = await Task.WhenAll(
            Report.VersionAsync("nginx -v 2>&1", cancellationToken), Report.VersionAsync("haproxy -v 2>&1 | cut -d' ' -f1-3", cancellationToken), Report.VersionAsync("wrk -v 2>&1 | cut -d' ' -f1-2", cancellationToken));
        return string.Create(CultureInfo.InvariantCulture, $"{versions[0]}, {versions[1]}, {versions[2]}, YARP {typeof(Yarp.ReverseProxy.Forwarder.IHttpForwarder).Assembly.GetName().Version!.ToString(3)}.");
    }

    private static Task<Measured> MeasureAsync(string name, Proxy proxy, GatewayStage stage, int round, RunOptions options, CancellationToken cancellationToken)
    {
        // The compiler's last tier comes in while the dropped round runs.
        var seconds = round == 0 ? options.Pick(2, 10, 20) : options.Pick(1, 5, 20);
        return Wrk.MeasureAsync(
            proxy, stage.Key, TimeSpan.FromSeconds(seconds), new Dictionary<string, int>(proxy.Processes(name)) { ["upstream"] = stage.UpstreamServer.ProcessId }, cancellationToken);
    }

    private static async Task RefusesAsync(Proxy proxy, CancellationToken cancellationToken)
    {
        var (status, _) = await proxy.AskAsync("nobody-has-this-key-0000", cancellationToken);

        if (status != System.Net.HttpStatusCode.Unauthorized)
        {
            throw new InvalidOperationException($"{proxy.Address} let an unknown key pass: {(int)status}");
        }
    }
}
