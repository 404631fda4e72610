namespace Coworking.Bench;

/// <summary>P8: the gateway against nginx that checks keys and limits, too.</summary>
internal static class P8
{
    public static Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken) => GatewayLoad.CompareAsync(
        "P8", "nginx auth_request", "nginx with `limit_req` by key and `auth_request` to a small service (`bench/Gateway/KeyService.cs`, Kestrel) that looks the hash of the key up in memory; connections kept to both.",
        new Goal(1.2, 1.8, AtLeast: true), stage => Peers.NginxWithKeysAsync(stage.UpstreamServer.Address, stage.Key, cancellationToken), keyed: true, options, cancellationToken);
}
