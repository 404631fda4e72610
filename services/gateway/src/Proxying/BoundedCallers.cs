using System.Globalization;
using Coworking.Gateway.Access;
using Coworking.Gateway.Limits;
using Coworking.Gateway.Sessions;
using Coworking.Hosting.Problems;

namespace Coworking.Gateway.Proxying;

/// <summary>
/// What one caller may have open at services at a time: limits per minute let bodies that trickle and answers that nobody reads pile up until a destination is full
/// (<see cref="BoundedDestinations"/>), which is everybody's.
/// </summary>
internal sealed class BoundedCallers(RateLimits limits, OpenOptions options, GatewayMetrics metrics)
{
    /// <summary>A place, to be left however the request ends; false where it was refused.</summary>
    internal bool TryEnter(HttpContext context, out Place place)
    {
        var at = Where(context);
        var (open, most) = Of(context, at == OpenAt.Streams);
        place = new Place(open, at);
        return open.TryEnter(at, most);
    }

    internal Task RefuseAsync(HttpContext context)
    {
        metrics.LimitRefused();
        var isStream = Where(context) == OpenAt.Streams;
        var most = Of(context, isStream).Most.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.RetryAfter = "1";
        return ProblemShape.WriteAsync(
            context, StatusCodes.Status429TooManyRequests, "rate_limit.in_flight", $"Too many {(isStream ? "streams" : "requests")} open: at most {most} at a time; try again when one has ended");
    }

    private static OpenAt Where(HttpContext context) => context.GetReverseProxyFeature().Cluster.Config.ClusterId switch
    {
        Routes.StreamCluster => OpenAt.Streams,
        Routes.StreamedCluster => OpenAt.IotIngest,
        _ => OpenAt.Services,
    };

    // Whoever is not known is his address; one for devices, which are many behind one, and one for all else.
    private (InFlight Open, int Most) Of(HttpContext context, bool isStream)
    {
        if (context.Features.Get<Visitor>() is { } visitor)
        {
            return (visitor.Requests.Open, options.Most(isStream, visitor.Caller.Kind != SessionStore.Kind));
        }

        var isDevice = context.GetEndpoint()?.Metadata.GetMetadata<RouteAccess>()?.Limit == RouteLimit.Readings;
        return (limits.OpenOf(context, isDevice), options.Most(isStream, isDevice));
    }

    internal readonly struct Place(InFlight open, OpenAt at)
    {
        internal void Leave() => open.Leave(at);
    }
}
