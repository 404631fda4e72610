using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Coworking.Gateway.Proxying;

/// <summary>
/// What a dying destination did not answer is asked of another one, once. GET and HEAD change nothing and may be asked twice; everything else only where no
/// connection came about, so that nothing can have been done (ADR 0037).
/// </summary>
internal static class SecondTry
{
    internal static void UseSecondTry(this IApplicationBuilder proxy) => proxy.Use((HttpContext context, RequestDelegate next) =>
        context.GetReverseProxyFeature().AllDestinations.Count < 2 ? next(context) : TryTwiceAsync(context, next));

    private static async Task TryTwiceAsync(HttpContext context, RequestDelegate next)
    {
        var proxied = context.GetReverseProxyFeature();
        var available = proxied.AvailableDestinations;
        await next(context);

        if (context.GetForwarderErrorFeature() is not { Error: ForwarderError.Request } failure || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested
            || !MayTryAgain(context.Request.Method, failure.Exception) || Others(available, proxied) is not { Count: > 0 } others)
        {
            return;
        }

        context.RequestServices.GetRequiredService<GatewayMetrics>().TriedAgain(proxied.Cluster.Config.ClusterId);
        context.Features.Set<IForwarderErrorFeature>(null);
        context.Response.StatusCode = StatusCodes.Status200OK;
        (proxied.AvailableDestinations, proxied.ProxiedDestination) = (others, null);
        await next(context);
    }

    private static List<DestinationState> Others(IReadOnlyList<DestinationState> available, IReverseProxyFeature proxied)
    {
        var failed = proxied.ProxiedDestination;
        var others = available.Where(destination => destination != failed).ToList();
        // The only one that was thought well has failed: those that were not may be better than no answer.
        return others.Count > 0 ? others : [.. proxied.AllDestinations.Where(destination => destination != failed)];
    }

    private static bool MayTryAgain(string method, Exception? failure) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method)
        || failure is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };
}
