using Coworking.Gateway.Access;
using Coworking.Gateway.Proxying;
using Coworking.Hosting.Health;
using Coworking.Hosting.OpenApi;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Coworking.Gateway.Health;

/// <summary>/health answers for the gateway itself and tells what its probes last saw of the services; it waits for nobody.</summary>
internal static class GatewayHealth
{
    internal sealed record Summary(string Status, DateTimeOffset Ts, IReadOnlyDictionary<string, string> Services);

    private static readonly Operation Described = new("Tells that the gateway is there, and what it last saw of the services")
    {
        Id = "GetHealth",
        Gives = """{"status":"ok","ts":"2099-01-02T10:00:00.000Z","services":{"reservations":"ok","iot-ingest":"ok"}}""",
    };

    internal static void AddGatewayHealth(this IServiceCollection services) =>
        services.AddServiceHealth().AddCheck<DestinationsHealth>("destinations", HealthStatus.Unhealthy, tags: ["ready"]);

    internal static void MapGatewayHealth(this IEndpointRouteBuilder app)
    {
        var open = app.MapGroup("").WithMetadata(RouteAccess.Health);
        open.MapServiceHealth();
        // Before the plain /health that every service has.
        open.MapGet("/health", Handle).WithOrder(-1).WithTags("Health").Described(Described);
        // Who watches from outside often asks for no more than the status.
        open.MapMethods("/health", [HttpMethods.Head], Handle).WithOrder(-1).ExcludeFromDescription();
    }

    private static Ok<Summary> Handle(TimeProvider clock, IProxyStateLookup proxy) => TypedResults.Ok(new Summary(
        "ok",
        clock.GetUtcNow(),
        proxy.GetClusters().Where(cluster => cluster.ClusterId != Routes.StreamCluster).ToDictionary(cluster => cluster.ClusterId, State)));

    private static string State(ClusterState cluster)
    {
        var seen = cluster.DestinationsState.AllDestinations.Select(destination => destination.Health.Active).ToList();
        return seen.Contains(DestinationHealth.Healthy) ? "ok" : seen.Contains(DestinationHealth.Unknown) ? "unknown" : "down";
    }
}

/// <summary>Ready means: every route leads somewhere. Whether the services there are well is theirs to say; a dead one must not take the others' door away.</summary>
internal sealed class DestinationsHealth(IProxyStateLookup proxy) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var empty = proxy.GetClusters().Where(cluster => cluster.DestinationsState.AllDestinations.Count == 0).Select(cluster => cluster.ClusterId).ToList();
        return Task.FromResult(empty.Count == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy($"No destination: {string.Join(", ", empty)}"));
    }
}
