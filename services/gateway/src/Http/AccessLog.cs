namespace Coworking.Gateway.Http;

/// <summary>One line per request, where Logging:LogLevel:Coworking.Gateway.Http.AccessLog is Information; off as shipped, for metrics say as much for less.</summary>
internal sealed class AccessLog(RequestDelegate next, ILogger<AccessLog> log, TimeProvider clock)
{
    private const string Offers = "/api/v1/waitlist/offers";

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
            GatewayLog.Answered(log, context.Request.Method, WithoutSecret(context.Request.Path), context.Response.StatusCode, clock.GetElapsedTime(start).TotalMilliseconds, context.TraceIdentifier);
        }
    }

    // Whoever reads the log must not be able to take what was offered to another. Encoded: a line break in an address would begin a line of the client's own.
    private static string WithoutSecret(PathString path) => path.StartsWithSegments(Offers, StringComparison.OrdinalIgnoreCase) ? $"{Offers}/…" : path.ToUriComponent();
}

internal static class AccessLogSetup
{
    internal static void UseAccessLog(this IApplicationBuilder app) => app.UseMiddleware<AccessLog>();
}
