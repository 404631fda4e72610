namespace Coworking.Bench;

/// <summary>P7: the gateway against proxies in C that check and count nothing.</summary>
internal static class P7
{
    public static Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken) => GatewayLoad.CompareAsync(
        "P7", "nginx", "nginx `proxy_pass`, a worker per core, 64 connections kept per worker; no key, no limit.", new Goal(0.53, 0.57, AtLeast: true),
        stage => Peers.NginxAsync(stage.UpstreamServer.Address, cancellationToken), keyed: false, options, cancellationToken);

    public static Task<bool> RunHaProxyAsync(RunOptions options, CancellationToken cancellationToken) => GatewayLoad.CompareAsync(
        "P7-haproxy", "HAProxy", "HAProxy, a thread per core, `http-reuse always`; no key, no limit.", new Goal(0.50, 0.53, AtLeast: true),
        stage => Peers.HaProxyAsync(stage.UpstreamServer.Address, cancellationToken), keyed: false, options, cancellationToken);
}
