using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Coworking.Gateway.Proxying;

/// <summary>
/// A request whose replica took no connection goes to another one: nothing of it was sent, so it cannot be done twice. A replica that stops closes its door
/// before anybody has heard of it; without this each roll-out would cost requests.
/// </summary>
internal static class OtherReplica
{
    internal static void UseOtherReplica(this IApplicationBuilder proxy) => proxy.Use(async (HttpContext context, RequestDelegate next) =>
    {
        var feature = context.GetReverseProxyFeature();
        var left = feature.AvailableDestinations;
        await next(context);

        while (TookNoConnection(context) && Without(left, feature.ProxiedDestination) is { Count: > 0 } others)
        {
            left = others;
            feature.AvailableDestinations = left;
            feature.ProxiedDestination = null;
            context.Features.Set<IForwarderErrorFeature>(null);
            context.Response.StatusCode = StatusCodes.Status200OK;
            await next(context);
        }
    });

    private static bool TookNoConnection(HttpContext context) =>
        !context.Response.HasStarted
        && !context.RequestAborted.IsCancellationRequested
        && context.GetForwarderErrorFeature() is { Error: ForwarderError.Request, Exception: HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } };

    private static List<DestinationState> Without(IReadOnlyList<DestinationState> some, DestinationState? one) => [.. some.Where(destination => destination != one)];
}
