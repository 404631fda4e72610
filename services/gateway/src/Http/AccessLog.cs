namespace Coworking.Gateway.Http;

/// <summary>One line per request, where Logging:LogLevel:Coworking.Gateway.Http.AccessLog is Information; off as shipped, for metrics say as much for less.</summary>
internal sealed class AccessLog(RequestDelegate next, ILogger<AccessLog> log, TimeProvider clock)
{
    public Task InvokeAsync(HttpContext context) => log.IsEnabled(LogLevel.Information) ? LoggedAsync(context) : next(context);

    private async Task LoggedAsync(HttpContext context)
    {
        var start = clock.GetTimestamp();

        try
        {
            await next(context);
        }
        finally
        {
            // The path without the query: a key may stand in the latter.
            GatewayLog.Answered(log, context.Request.Method, context.Request.Path.Value, context.Response.StatusCode, clock.GetElapsedTime(start).TotalMilliseconds, context.TraceIdentifier);
        }
    }
}

internal static class AccessLogSetup
{
    internal static void UseAccessLog(this IApplicationBuilder app) => app.UseMiddleware<AccessLog>();
}
