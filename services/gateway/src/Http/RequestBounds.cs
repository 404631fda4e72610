using Coworking.Gateway.Access;
using Coworking.Hosting.Problems;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Coworking.Gateway.Http;

/// <summary>
/// How large a request may be. Kestrel refuses with a bare status before any of our code runs, so its limits stand at twice ours:
/// whoever is a little too large gets an answer in our shape, and only the absurd gets a bare one.
/// </summary>
internal static class RequestBounds
{
    internal const int MaxTargetLength = 8 * 1024;
    internal const int MaxHeadersLength = 32 * 1024;
    internal const int MaxHeaderCount = 100;
    internal const long MaxBodyBytes = 1024 * 1024;

    internal static void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestLineSize = 2 * MaxTargetLength;
        kestrel.Limits.MaxRequestHeadersTotalSize = 2 * MaxHeadersLength;
        kestrel.Limits.MaxRequestHeaderCount = 2 * MaxHeaderCount;
        kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        // A client that trickles its headers holds a connection, nothing else; ten seconds are plenty for an honest one.
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
    }

    /// <summary>414 and 431.</summary>
    internal static void UseRequestBounds(this IApplicationBuilder app) => app.Use((HttpContext context, RequestDelegate next) =>
    {
        var request = context.Request;

        if (request.Path.Value!.Length + request.QueryString.Value!.Length > MaxTargetLength)
        {
            return ProblemShape.WriteAsync(context, StatusCodes.Status414UriTooLong, "request.target_too_long", $"The address of the request is longer than {MaxTargetLength} characters");
        }

        if (request.Headers.Count > MaxHeaderCount || HeadersLength(request.Headers) > MaxHeadersLength)
        {
            return ProblemShape.WriteAsync(
                context, StatusCodes.Status431RequestHeaderFieldsTooLarge, "request.headers_too_large", $"The request has more than {MaxHeaderCount} header fields or more than {MaxHeadersLength} characters in them");
        }

        return next(context);
    });

    /// <summary>413 for a declared length, before a byte of it is read. A body that declares none is cut by Kestrel at the same limit.</summary>
    internal static void UseBodyBounds(this IApplicationBuilder app) => app.Use((HttpContext context, RequestDelegate next) =>
    {
        if (context.Request.ContentLength is not { } length || length <= (context.GetEndpoint()?.Metadata.GetMetadata<RouteAccess>()?.MaxBodyBytes ?? MaxBodyBytes))
        {
            return next(context);
        }

        return ProblemShape.WriteAsync(context, StatusCodes.Status413PayloadTooLarge);
    });

    private static int HeadersLength(IHeaderDictionary headers)
    {
        var length = 0;

        foreach (var (name, values) in headers)
        {
            length += name.Length;

            for (var i = 0; i < values.Count; i++)
            {
                length += values[i]?.Length ?? 0;
            }
        }

        return length;
    }
}
