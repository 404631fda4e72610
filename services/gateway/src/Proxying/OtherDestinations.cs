using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Coworking.Gateway.Proxying;

/// <summary>A replica that refuses the connection has seen nothing of the request, whatever its method: another one gets it. So a roll-out costs nobody an answer.</summary>
internal static class OtherDestinations
{
    /// <summary>Before the load balancer, which picks one of those that are left.</summary>
    internal static void UseOtherDestinations(this IApplicationBuilder proxy) => proxy.Use(async (HttpContext context, RequestDelegate next) =>
    {
        var feature = context.GetReverseProxyFeature();
        var left = feature.AvailableDestinations;
        await next(context);

        while (IsUnreached(context) && left.Count > 1)
        {
            var refused = feature.ProxiedDestination;
            left = [.. left.Where(destination => destination != refused)];
            feature.AvailableDestinations = left;
            context.Features.Set<IForwarderErrorFeature>(null);
            context.Response.StatusCode = StatusCodes.Status200OK;
            await next(context);
        }
    });

    // Only a failure to connect: what broke later may have been done, and is the client's to judge.
    private static bool IsUnreached(HttpContext context) =>
        context.GetForwarderErrorFeature() is { Error: ForwarderError.Request, Exception: HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } }
        && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested;
}
