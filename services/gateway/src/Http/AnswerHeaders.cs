namespace Coworking.Gateway.Http;

/// <summary>What every answer carries, whoever made it: its request id, and the headers that keep browsers from guessing.</summary>
internal static class AnswerHeaders
{
    internal static void UseAnswerHeaders(this IApplicationBuilder app) => app.Use((HttpContext context, RequestDelegate next) =>
    {
        var id = RequestIds.For(context.Request.Headers);
        context.TraceIdentifier = id;
        context.Request.Headers[RequestIds.Header] = id;
        // At the last moment: error handling clears what is set before, and a service's own values must not stand beside ours.
        context.Response.OnStarting(Stamp, context);
        return next(context);
    });

    private static Task Stamp(object state)
    {
        var context = (HttpContext)state;
        var headers = context.Response.Headers;
        headers[RequestIds.Header] = context.TraceIdentifier;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers.Remove("Server");
        return Task.CompletedTask;
    }
}
