using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Coworking.Gateway.Proxying;

/// <summary>What YARP could not get from a service, in the statuses of the contract; UseProblems gives them their body.</summary>
internal static class UpstreamFailures
{
    // Longer than the connect timeout of a dead service, shorter than anyone's patience.
    private const string RetryAfterSeconds = "2";

    internal static void UseUpstreamFailures(this IApplicationBuilder proxy) => proxy.Use(async (HttpContext context, RequestDelegate next) =>
    {
        await next(context);

        if (context.GetForwarderErrorFeature() is { } failure)
        {
            Answer(context, failure.Error);
        }
    });

    private static void Answer(HttpContext context, ForwarderError error)
    {
        var response = context.Response;
        var status = StatusOf(error, response.StatusCode, context.RequestAborted.IsCancellationRequested);

        if (status is not StatusCodes.Status499ClientClosedRequest)
        {
            var cluster = context.Features.Get<IReverseProxyFeature>()?.Cluster.Config.ClusterId;
            context.RequestServices.GetRequiredService<GatewayMetrics>().UpstreamFailed(cluster, error.ToString());
        }

        if (response.HasStarted)
        {
            return;
        }

        response.StatusCode = status;

        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers.RetryAfter = RetryAfterSeconds;
        }
    }

    private static int StatusOf(ForwarderError error, int status, bool clientLeft) => error switch
    {
        _ when clientLeft => StatusCodes.Status499ClientClosedRequest,
        ForwarderError.RequestTimedOut => StatusCodes.Status504GatewayTimeout,
        // The client's own body was at fault: too large, too slow or cut off; YARP has the status already.
        ForwarderError.RequestBodyClient => status,
        _ => StatusCodes.Status503ServiceUnavailable,
    };
}
