using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Coworking.Gateway.Proxying;
using Coworking.Hosting.OpenApi;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Coworking.Gateway.OpenApi;

/// <summary>The documents of the services: asked for, else as they were last known, else as they were when this gateway was built.</summary>
internal sealed class ServiceParts(IProxyStateLookup proxy, ServiceDocument own, ILogger<ServiceParts> log) : IDisposable
{
    /// <summary>Name of the gateway among the services.</summary>
    internal const string Own = "gateway";

    private const long MaxBytes = 8 * 1024 * 1024;

    // A service that has not been asked since it started makes its document first.
    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2), UseProxy = false })
    {
        Timeout = TimeSpan.FromSeconds(10),
        MaxResponseContentBufferSize = MaxBytes,
    };

    private readonly ConcurrentDictionary<string, JsonObject> _known = new(StringComparer.Ordinal);
    private readonly Lazy<JsonObject> _built = new(() =>
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("openapi.json")!;
        return JsonNode.Parse(stream)!.AsObject();
    });

    /// <summary>All of them, the gateway's own first.</summary>
    internal async Task<List<KeyValuePair<string, JsonObject>>> ReadAsync()
    {
        var clusters = proxy.GetClusters().Where(cluster => cluster.ClusterId != Routes.StreamCluster).OrderBy(cluster => cluster.ClusterId, StringComparer.Ordinal).ToList();
        var parts = await Task.WhenAll(clusters.Select(async cluster => KeyValuePair.Create(cluster.ClusterId, await ReadAsync(cluster))));
        var gateway = JsonNode.Parse((await own.ReadAsync()).Span)!.AsObject();
        Probes.AddTo(gateway);
        return [KeyValuePair.Create(Own, gateway), .. parts];
    }

    /// <summary>What stood when this gateway was built, for a service whose present words contradict another's.</summary>
    internal JsonObject Built(string service) => DocumentMerge.PartOf(_built.Value, service);

    public void Dispose() => _http.Dispose();

    private async Task<JsonObject> ReadAsync(ClusterState cluster)
    {
        foreach (var destination in cluster.DestinationsState.AvailableDestinations)
        {
            try
            {
                var bytes = await _http.GetByteArrayAsync(new Uri(new Uri(destination.Model.Config.Address), OpenApiSetup.Path));

                if (JsonNode.Parse(bytes) is JsonObject document && document["paths"] is JsonObject)
                {
                    return _known[cluster.ClusterId] = document;
                }

                GatewayLog.DocumentLost(log, cluster.ClusterId, "it is none");
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or JsonException or UriFormatException)
            {
                GatewayLog.DocumentLost(log, cluster.ClusterId, e.Message);
            }
        }

        return _known.TryGetValue(cluster.ClusterId, out var known) ? known : Built(cluster.ClusterId);
    }
}
