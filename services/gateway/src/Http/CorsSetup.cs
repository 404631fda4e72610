namespace Coworking.Gateway.Http;

/// <summary>Which web pages may call, with what, and what they may read of an answer.</summary>
internal static class CorsSetup
{
    private static readonly string[] RequestHeaders = ["x-api-key", "authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "last-event-id", "x-request-id", "traceparent"];
    private static readonly string[] AnswerHeaders =
    [
        "etag", "location", "retry-after", "x-request-id", "traceparent", "idempotency-replayed", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit-policy",
        "content-disposition",
    ];
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

    internal static void AddGatewayCors(this IServiceCollection services, GatewayOptions options, IHostEnvironment environment)
    {
        var allowed = options.AllowedOrigins.Select(origin => origin.TrimEnd('/')).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var machine = environment.IsDevelopment();
        services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .SetIsOriginAllowed(origin => allowed.Contains(origin) || (machine && IsOfThisMachine(origin)))
            .WithHeaders(RequestHeaders)
            .WithExposedHeaders(AnswerHeaders)
            .WithMethods(Methods)
            // Browsers cap it at two hours at most; ten minutes spare nearly every second request and still let a change arrive.
            .SetPreflightMaxAge(TimeSpan.FromMinutes(10))));
    }

    // By the host as parsed: http://localhost.example.com must not pass for this machine.
    private static bool IsOfThisMachine(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host is "localhost" or "127.0.0.1" or "[::1]";
}
