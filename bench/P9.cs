namespace Coworking.Bench;

/// <summary>P9: the gateway against one in Node.js.</summary>
internal static class P9
{
    public static Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken) => GatewayLoad.CompareAsync(
        "P9", "@fastify/http-proxy", "fastify 5, @fastify/http-proxy (undici) and @fastify/rate-limit in memory (`bench/peers/node/gateway.js`), key looked up by its hash, one process, as limits in memory demand.",
        new Goal(1.8, 3.0, AtLeast: true), stage => Peers.FastifyAsync(stage.UpstreamServer.Address, stage.Key, cancellationToken), keyed: true, options, cancellationToken);
}
