namespace Coworking.Gateway.Http;

/// <summary>What every answer carries, whoever made it: its request id and trace, and the headers that keep browsers from guessing.</summary>
internal static class AnswerHeaders
{
    /// <summary>Of answers that are data: shown as a page they load nothing, run nothing and stand in no frame.</summary>
    internal const string NothingLoads = "default-src 'none'; frame-ancestors 'none'";

    // Of the pages: their own scripts and calls only. Swagger UI sets styles on elements and draws its icons from data.
    private const string OwnThings =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    // For a cache in front of us that looks at addresses alone one key's answer would be everybody's. Browsers may keep it, and ask again by its ETag.
    private const string OwnersAlone = "private, no-cache";

    // Two years, as browsers' own lists ask for; a name below ours may still be without TLS.
    private const string Hsts = "max-age=63072000";

    internal static void UseAnswerHeaders(this IApplicationBuilder app) => app.Use((HttpContext context, RequestDelegate next) =>
    {
        var id = RequestIds.For(context.Request.Headers);
        context.TraceIdentifier = id;
        context.Request.Headers[RequestIds.Header] = id;
        context.Request.Headers.TraceParent = Traces.For(context);
        // At the last moment: error handling clears what is set before, and a service's own values must not stand beside ours.
        context.Response.OnStarting(Stamp, context);
        return next(context);
    });

    /// <summary>Those that do not depend on the request.</summary>
    internal static void Write(IHeaderDictionary headers, string requestId, string policy)
    {
        headers[RequestIds.Header] = requestId;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        // A page of a service knows best what it loads, down to the hash of its style.
        headers.ContentSecurityPolicy = headers.ContentSecurityPolicy.Count > 0 ? headers.ContentSecurityPolicy : policy;
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = headers.CacheControl.Count > 0 ? headers.CacheControl : OwnersAlone;
        headers.Remove("Server");
    }

    private static Task Stamp(object state)
    {
        var context = (HttpContext)state;
        var headers = context.Response.Headers;
        Write(headers, context.TraceIdentifier, IsPage(context.Request.Path) ? OwnThings : NothingLoads);
        headers.TraceParent = context.Request.Headers.TraceParent;

        if (context.Request.IsHttps)
        {
            headers.StrictTransportSecurity = Hsts;
        }

        return Task.CompletedTask;
    }

    private static bool IsPage(PathString path) => path.Value is "/" || path.StartsWithSegments("/docs", StringComparison.OrdinalIgnoreCase);
}
