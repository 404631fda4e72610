using System.Globalization;
using Yarp.ReverseProxy.Configuration;

namespace Coworking.Gateway.Proxying;

/// <summary>What routes.json says of a route beyond where it leads; read once, not per request.</summary>
/// <param name="MaxInFlight">Requests that one destination may have open at a time.</param>
/// <param name="Produces">Media types that its answers have.</param>
/// <param name="GoesDirectly">Nothing is configured that <see cref="DirectForwarder"/> does not know.</param>
internal sealed record RouteBounds(int MaxInFlight, IReadOnlyList<string> Produces, bool GoesDirectly)
{
    // What a service does at five milliseconds each in one second would be 200; five times that is a queue in which nobody is served in time.
    private const int DefaultMaxInFlight = 1024;

    internal static RouteBounds Of(RouteConfig route, ClusterConfig? cluster) => new(
        MaxInFlightOf(route, cluster?.Metadata?.GetValueOrDefault(nameof(MaxInFlight))),
        route.Metadata?.GetValueOrDefault(nameof(Produces))?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? ["application/json"],
        cluster is { HttpClient: null, ClusterId: not Routes.StreamCluster, HttpRequest: { Version.Major: 1, AllowResponseBuffering: null or false } } && route.Transforms is null or { Count: 0 });

    /// <summary>False of what the gateway answers itself.</summary>
    internal static bool AreThere(Endpoint? endpoint) => endpoint?.Metadata.GetMetadata<RouteBounds>() is not null;

    private static int MaxInFlightOf(RouteConfig route, string? text) =>
        text is null ? DefaultMaxInFlight
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most > 0 ? most
        // A bound that cannot be read must not become none.
        : throw new InvalidOperationException($"ReverseProxy:Clusters:{route.ClusterId}:Metadata:MaxInFlight is '{text}', which is no number above 0");
}
