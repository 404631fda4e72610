using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Coworking.Gateway.Proxying;

/// <summary>What YARP could not get from a service, in the statuses of the contract, and how long a request holds its caller's place; UseProblems gives them their body.</summary>
internal static class UpstreamFailures
{
    // Longer than the connect timeout of a dead service, shorter than anyone's patience.
    private const string RetryAfterSeconds = "2";

    internal static void UseUpstreamFailures(this IApplicationBuilder proxy)
    {
        var callers = proxy.ApplicationServices.GetRequiredService<BoundedCallers>();
        proxy.Use((HttpContext context, RequestDelegate next) => callers.TryEnter(context, out var place) ? ForwardAsync(context, next, place) : callers.RefuseAsync(context));
    }

    // The place is left here, where somebody waits for the end anyhow: another who waits would be another object for each request.
    private static async Task ForwardAsync(HttpContext context, RequestDelegate next, BoundedCallers.Place place)
    {
        try
        {
            await next(context);
        }
        finally
        {
            place.Leave();
        }

        if (context.GetForwarderErrorFeature() is { } failure)
        {
            Answer(context, failure);
        }
    }

    private static void Answer(HttpContext context, IForwarderErrorFeature failure)
    {
        var response = context.Response;
        var status = StatusOf(failure, response.StatusCode, context.RequestAborted.IsCancellationRequested);

        if (status >= StatusCodes.Status500InternalServerError)
        {
            var cluster = context.Features.Get<IReverseProxyFeature>()?.Cluster.Config.ClusterId;
            context.RequestServices.GetRequiredService<GatewayMetrics>().UpstreamFailed(cluster, failure.Error.ToString());
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

    private static int StatusOf(IForwarderErrorFeature failure, int status, bool clientLeft) => failure.Error switch
    {
        _ when clientLeft => StatusCodes.Status499ClientClosedRequest,
        // The client's own body was at fault: too large, too slow, malformed or cut off. Where the service is told first, YARP takes the fault for the service's.
        _ when ClientsFault(failure.Exception) is { } fault => fault.StatusCode,
        ForwarderError.RequestTimedOut => StatusCodes.Status504GatewayTimeout,
        ForwarderError.RequestBodyClient => status,
        ForwarderError.ResponseBodyClient => StatusCodes.Status499ClientClosedRequest,
        _ => StatusCodes.Status503ServiceUnavailable,
    };

    private static BadHttpRequestException? ClientsFault(Exception? exception) => exception switch
    {
        null => null,
        BadHttpRequestException bad => bad,
        AggregateException several => several.InnerExceptions.Select(ClientsFault).FirstOrDefault(fault => fault is not null),
        _ => ClientsFault(exception.InnerException),
    };
}
