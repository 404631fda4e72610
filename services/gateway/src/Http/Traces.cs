using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http.Features;

namespace Coworking.Gateway.Http;

/// <summary>
/// The traceparent of a request, for the services and for the client. Where traces are recorded it names the gateway's own span. Elsewhere no activity is made,
/// for it costs a tenth of a request (ADR 0042): the client's is passed on, or one is made that nobody has recorded.
/// </summary>
internal static class Traces
{
    internal static string For(HttpContext context)
    {
        if (context.Features.Get<IHttpActivityFeature>()?.Activity.Id is { } recorded)
        {
            return recorded;
        }

        var given = context.Request.Headers.TraceParent;
        return given.Count == 1 && ActivityContext.TryParse(given[0], traceState: null, out _) ? given[0]! : Unrecorded();
    }

    private static string Unrecorded() =>
        string.Create(CultureInfo.InvariantCulture, $"00-{Random.Shared.NextInt64():x16}{Random.Shared.NextInt64():x16}-{Random.Shared.NextInt64():x16}-00");
}
