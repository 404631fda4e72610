using Coworking.Gateway.Tests.Running;

namespace Coworking.Gateway.Tests.Http;

public sealed class CorsTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string Origin = "http://localhost:5173";

    [Theory]
    [InlineData("/health", "GET")]
    [InlineData("/api/v1/locations", "GET")]
    [InlineData("/api/v1/bookings/7", "PATCH")]
    [InlineData("/api/v1/api-keys", "POST")]
    [InlineData("/api/v1/iot/stream", "GET")]
    [InlineData("/nowhere", "DELETE")]
    public async Task A_preflight_needs_no_key_and_allows_every_header_of_the_contract(string path, string method)
    {
        using var answer = await PreflightAsync(fixture.Gateway, path, Origin, method);

        Assert.Equal(204, (int)answer.StatusCode);
        Assert.Equal(Origin, Header(answer, "Access-Control-Allow-Origin"));
        Assert.Contains(method, Header(answer, "Access-Control-Allow-Methods")!, StringComparison.Ordinal);
        var headers = Header(answer, "Access-Control-Allow-Headers")!.Split(',');
        Assert.Equal(["authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "last-event-id", "traceparent", "x-api-key", "x-request-id"], headers.Order());
    }

    [Fact]
    public async Task Pages_of_this_machine_may_read_answers_and_errors_alike_in_development()
    {
        foreach (var origin in new[] { Origin, "http://127.0.0.1:3000", "https://localhost" })
        {
            foreach (var key in new[] { RunningGateway.UserKey, null })
            {
                using var answer = await fixture.Gateway.SendAsync("GET", "/api/v1/locations", key, more: request => request.Headers.Add("Origin", origin));
                Assert.Equal(origin, Header(answer, "Access-Control-Allow-Origin"));
                Assert.Superset(
                    new HashSet<string> { "etag", "location", "retry-after", "x-request-id", "ratelimit-remaining", "idempotency-replayed" },
                    Header(answer, "Access-Control-Expose-Headers")!.Split(',').ToHashSet());
            }
        }
    }

    [Theory]
    [InlineData("https://evil.example.com")]
    [InlineData("http://localhost.evil.example.com")]
    [InlineData("http://127.0.0.1.evil.example.com")]
    [InlineData("null")]
    public async Task Pages_from_elsewhere_may_read_nothing(string origin)
    {
        using var preflight = await PreflightAsync(fixture.Gateway, "/api/v1/locations", origin, "GET");
        using var answer = await fixture.Gateway.SendAsync("GET", "/api/v1/locations", more: request => request.Headers.TryAddWithoutValidation("Origin", origin));

        Assert.Null(Header(preflight, "Access-Control-Allow-Origin"));
        Assert.Null(Header(answer, "Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Outside_development_only_the_listed_pages_may_call()
    {
        await using var gateway = await fixture.StartAsync("--environment=Production", "--Cors:AllowedOrigins:0=https://app.example.com/");

        using var listed = await PreflightAsync(gateway, "/health", "https://app.example.com", "GET");
        using var machine = await PreflightAsync(gateway, "/health", Origin, "GET");

        Assert.Equal("https://app.example.com", Header(listed, "Access-Control-Allow-Origin"));
        Assert.Null(Header(machine, "Access-Control-Allow-Origin"));
    }

    private static Task<HttpResponseMessage> PreflightAsync(RunningGateway gateway, string path, string origin, string method) =>
        gateway.SendAsync("OPTIONS", path, key: null, more: request =>
        {
            request.Headers.TryAddWithoutValidation("Origin", origin);
            request.Headers.Add("Access-Control-Request-Method", method);
            request.Headers.Add("Access-Control-Request-Headers", "x-api-key,content-type");
        });

    private static string? Header(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;
}
