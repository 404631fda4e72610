namespace Coworking.Bench;

/// <summary>P6: what key, limit, identity and headers cost above YARP itself.</summary>
internal static class P6
{
    public static Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken) => GatewayLoad.CompareAsync(
        "P6", "bare YARP", "YARP with one route and nothing else (`bench/Gateway/BareYarp.cs`), the same Kestrel and runtime settings.", new Goal(0.92, 0.97, AtLeast: true),
        stage => Peers.BareYarpAsync(stage.UpstreamServer.Address, cancellationToken), keyed: false, options, cancellationToken);
}
