using Coworking.Gateway.Access;
using Coworking.Hosting.Problems;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Coworking.Gateway.Http;

/// <summary>
/// What a request may be like: how large, by which method, in which form. Kestrel's limits stand at twice ours, so that whoever is a little too large is told
/// which limit it was; the absurd is cut off by Kestrel (<see cref="MalformedRequests"/>).
/// </summary>
internal static class RequestBounds
{
    internal const int MaxTargetLength = 8 * 1024;
    internal const int MaxHeadersLength = 32 * 1024;
    internal const int MaxHeaderCount = 100;
    internal const long MaxBodyBytes = 1024 * 1024;

    /// <summary>Of our own routes that are open or for accounts: a sign-in is a kilobyte. It is kept in memory until it is whole, and nothing but its size bounds what many that trickle take of it.</summary>
    internal const long MaxSmallBodyBytes = 64 * 1024;

    private const string Methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

    // What Kestrel makes of a Content-Length beside Transfer-Encoding.
    private const string SecondLength = "X-Content-Length";

    internal static void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestLineSize = 2 * MaxTargetLength;
        kestrel.Limits.MaxRequestHeadersTotalSize = 2 * MaxHeadersLength;
        kestrel.Limits.MaxRequestHeaderCount = 2 * MaxHeaderCount;
        kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        // A client that trickles its headers holds a connection, nothing else; ten seconds are plenty for an honest one.
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        // Who sends or reads more slowly than a modem did is not there: 408, or cut off. An idle stream is no slow reader, for nothing waits to be written.
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        // One field over HTTP/2 may be as large as all of them.
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = 2 * MaxHeadersLength;
    }

    /// <summary>405, 400, 414 and 431.</summary>
    internal static void UseRequestBounds(this IApplicationBuilder app) => app.Use((HttpContext context, RequestDelegate next) =>
    {
        var request = context.Request;

        if (!IsTaken(request.Method))
        {
            context.Response.Headers.Allow = Methods;
            return ProblemShape.WriteAsync(context, StatusCodes.Status405MethodNotAllowed);
        }

        if (Malformed(context, request) is { } reason)
        {
            // Where the form is in doubt, so is where the next request begins.
            context.Response.Headers.Connection = "close";
            return ProblemShape.WriteAsync(context, StatusCodes.Status400BadRequest, "request.malformed", reason);
        }

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
        if (context.Request.ContentLength is null && HttpMethods.IsGet(context.Request.Method))
        {
            return next(context);
        }

        var most = context.GetEndpoint()?.Metadata.GetMetadata<RouteAccess>()?.MaxBodyBytes ?? MaxBodyBytes;

        if (context.Request.ContentLength > most)
        {
            return ProblemShape.WriteAsync(context, StatusCodes.Status413PayloadTooLarge);
        }

        // Larger ones are YARP's to allow.
        if (most < MaxBodyBytes && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
        {
            body.MaxRequestBodySize = most;
        }

        return next(context);
    });

    // TRACE and CONNECT would make of a proxy something else than a door. As written: methods are case-sensitive, and get would be another one to a service.
    private static bool IsTaken(string method) => method is "GET" or "POST" or "PATCH" or "PUT" or "DELETE" or "HEAD" or "OPTIONS";

    private static string? Malformed(HttpContext context, HttpRequest request)
    {
        // A decoded path has a % only where it had something that is rarely meant.
        if (request.Path.Value!.Contains('%', StringComparison.Ordinal) && !RequestTarget.IsWellFormed(RawPath(context)))
        {
            return "The path of the request is not percent-encoded UTF-8";
        }

        if (request.QueryString.Value!.Contains("%00", StringComparison.Ordinal))
        {
            return "The query of the request holds a NUL";
        }

        // Two lengths: whoever stands before us may have gone by the other one, and take the rest for a request (RFC 9112, 6.3).
        return request.Headers.TransferEncoding.Count > 0 && request.Headers.ContainsKey(SecondLength)
            ? "The request has both a Content-Length and a Transfer-Encoding"
            : null;
    }

    private static ReadOnlySpan<char> RawPath(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan();
        var query = target.IndexOf('?');
        return query < 0 ? target : target[..query];
    }

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
