using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults.Ingest;

/// <summary>A stage on which iot-ingest reaches the broker through a proxy.</summary>
internal sealed class ProxiedStage : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private ProxiedStage(Stage stage, BrokerProxy proxy) => (Stage, Proxy) = (stage, proxy);

    public Stage Stage { get; }

    public BrokerProxy Proxy { get; }

    public static async Task<ProxiedStage> StartAsync(CancellationToken cancellationToken, LocalServersOptions? servers = null, bool witness = false)
    {
        BrokerProxy? proxy = null;

        try
        {
            var stage = await Stage.StartAsync(
                cancellationToken,
                usual =>
                {
                    proxy = new BrokerProxy(usual.Mosquitto.Port) { Witnessed = witness ? new() : null };
                    return usual with { ExtraEnvironment = new Dictionary<string, string?> { ["Mqtt__Port"] = proxy.Port.ToString(System.Globalization.CultureInfo.InvariantCulture) } };
                },
                with: servers);
            return new ProxiedStage(stage, proxy!);
        }
        catch when (proxy is not null)
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    /// <summary>Partitions that have a location, and so something to subscribe to.</summary>
    public int Partitions { get; private set; }

    /// <inheritdoc cref="Stage.AddSpacesAsync"/>
    public async Task<List<BenchSpace>> AddSpacesAsync(int locations, int count, CancellationToken cancellationToken)
    {
        var spaces = await Stage.AddSpacesAsync(locations, count, cancellationToken);
        // All of them: a sample of each location has come through.
        Partitions = Proxy.Following;
        return spaces;
    }

    /// <summary>Until each of them is connected and subscribed.</summary>
    public Task FollowingAsync(CancellationToken cancellationToken) =>
        Wait.UntilAsync(() => Proxy.Following == Partitions, Limit, "every partition is subscribed", cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Stage.DisposeAsync();
        await Proxy.DisposeAsync();
    }
}
