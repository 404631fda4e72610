using Coworking.Hosting.Problems;
using Yarp.ReverseProxy.Model;

namespace Coworking.Gateway.Proxying;

/// <summary>
/// A destination with too many requests open gets no more: what hangs there holds sockets and memory that the routes of other services need. The others of
/// its service take over; where all are full it is a 503 at once.
/// </summary>
/// <remarks>By YARP's own count, which is raised a few steps later: as many may slip past as there are threads, which is of no matter to what the bound is for.</remarks>
internal static class BoundedDestinations
{
    internal static void UseBoundedDestinations(this IApplicationBuilder proxy) => proxy.Use((HttpContext context, RequestDelegate next) =>
    {
        var proxied = context.GetReverseProxyFeature();
        var most = context.GetEndpoint()!.Metadata.GetRequiredMetadata<RouteBounds>().MaxInFlight;
        var destinations = proxied.AvailableDestinations;
        var full = 0;

        for (var i = 0; i < destinations.Count; i++)
        {
            full += destinations[i].ConcurrentRequestCount >= most ? 1 : 0;
        }

        if (full == 0)
        {
            return next(context);
        }

        if (full < destinations.Count)
        {
            proxied.AvailableDestinations = [.. destinations.Where(destination => destination.ConcurrentRequestCount < most)];
            return next(context);
        }

        context.RequestServices.GetRequiredService<GatewayMetrics>().UpstreamFailed(proxied.Cluster.Config.ClusterId, "Busy");
        context.Response.Headers.RetryAfter = "1";
        return ProblemShape.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "service.busy", "The service has too many requests open; try again shortly");
    });
}
