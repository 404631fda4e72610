using System.Net;
using Coworking.Gateway.Tests.Running;

namespace Coworking.Gateway.Tests.Http;

public sealed class MalformedTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string Key = "x-api-key: " + RunningGateway.AdminKey + "\r\n";
    private const string Get = "GET /api/v1/locations HTTP/1.1\r\n";
    private const string Post = "POST /api/v1/bookings HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + Key;

    [Theory]
    [InlineData("NONSENSE\r\n\r\n")]
    [InlineData("GET\r\n\r\n")]
    [InlineData("GET /\r\n\r\n")]
    [InlineData("GET  / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1 \r\nHost: a\r\n\r\n")]
    [InlineData("G@T / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /\u00ff HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET http://elsewhere/ HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData(Get + "\r\n")]
    [InlineData(Get + "Host: a\r\nHost: b\r\n\r\n")]
    [InlineData(Get + "Host: a b\r\n\r\n")]
    [InlineData(Get + "Host: a/../b\r\n\r\n")]
    [InlineData(Get + "Host: a\r\nbad header\r\n\r\n")]
    [InlineData(Get + "Host: a\r\nna me: x\r\n\r\n")]
    [InlineData(Get + "Host: a\r\n: x\r\n\r\n")]
    [InlineData(Get + "Host: a\r\nname : x\r\n\r\n")]
    [InlineData(Get + "Host: a\r\nx: 1\r\n folded\r\n\r\n")]
    [InlineData(Get + "Host: a\r\nx: a\u0000b\r\n\r\n")]
    [InlineData(Get + "Host: a\r\nx: a\rb\r\n\r\n")]
    [InlineData(Get + "Host: a\r\nx: caf\u00e9\r\n\r\n")]
    [InlineData(Post + "Content-Length: nine\r\n\r\n")]
    [InlineData(Post + "Content-Length: -1\r\n\r\n")]
    [InlineData(Post + "Content-Length: 5, 6\r\n\r\n{}")]
    [InlineData(Post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}")]
    [InlineData(Post + "Content-Length: 99999999999999999999\r\n\r\n{}")]
    [InlineData(Post + "Transfer-Encoding: gzip\r\n\r\n{}")]
    [InlineData(Post + "Transfer-Encoding: chunked, gzip\r\n\r\n{}")]
    [InlineData(Post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")]
    [InlineData("GET /api/v1/locations/%zz HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /api/v1/locations/% HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /api/v1/locations/%4 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /api/v1/locations/a%00b HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /api/v1/locations/%ff HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /api/v1/locations/%c0%af HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /api/v1/locations/%ed%a0%80 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /api/v1/locations?q=a%00b HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /api/v1/locations?q=\u00ff HTTP/1.1\r\nHost: a\r\n\r\n")]
    public async Task What_is_no_http_is_a_400_in_shape_that_ends_the_connection_and_disturbs_nobody(string text)
    {
        var answer = await RawHttp.SayAsync(fixture.Gateway, text);

        answer.IsProblem(400, "request.malformed");
        Assert.Equal("close", answer.Headers["connection"]);
        using var after = await fixture.Gateway.GetAsync("/api/v1/locations");
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    [Theory]
    [InlineData("zz\r\n{}\r\n0\r\n\r\n")]
    [InlineData("2\r\n{}garbage\r\n0\r\n\r\n")]
    [InlineData("-2\r\n{}\r\n0\r\n\r\n")]
    [InlineData("fffffffffffffffff\r\n{}\r\n0\r\n\r\n")]
    public async Task A_bad_chunk_is_a_400_on_every_route(string chunks)
    {
        foreach (var path in new[] { "/api/v1/bookings", "/api/v1/api-keys" })
        {
            var answer = await RawHttp.SayAsync(
                fixture.Gateway, $"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{Key}Transfer-Encoding: chunked\r\n\r\n{chunks}");

            answer.IsProblem(400);
        }
    }

    [Theory]
    [InlineData("TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")]
    [InlineData("TRACE /api/v1/locations HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + Key + "\r\n")]
    [InlineData("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nConnection: close\r\n\r\n")]
    [InlineData("PROPFIND /api/v1/locations HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + Key + "\r\n")]
    [InlineData("get /api/v1/locations HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + Key + "\r\n")]
    public async Task A_method_that_is_none_of_ours_is_a_405_that_names_those_that_are(string text)
    {
        var answer = await RawHttp.SayAsync(fixture.Gateway, text);

        answer.IsProblem(405, "route.method_not_allowed");
        Assert.Equal("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS", answer.Headers["allow"]);
    }

    [Fact]
    public async Task What_is_beyond_even_the_servers_limits_is_told_in_shape_too()
    {
        var target = await RawHttp.SayAsync(fixture.Gateway, $"GET /{new string('a', 20_000)} HTTP/1.1\r\nHost: a\r\n\r\n");
        var large = await RawHttp.SayAsync(fixture.Gateway, $"{Get}Host: a\r\nx: {new string('a', 70_000)}\r\n\r\n");
        var many = await RawHttp.SayAsync(fixture.Gateway, Get + "Host: a\r\n" + string.Concat(Enumerable.Range(0, 250).Select(i => $"x-{i}: 1\r\n")) + "\r\n");
        var version = await RawHttp.SayAsync(fixture.Gateway, "GET / HTTP/9.9\r\nHost: a\r\n\r\n");
        var authority = await RawHttp.SayAsync(fixture.Gateway, "GET relative HTTP/1.1\r\nHost: a\r\n\r\n");

        authority.IsProblem(405);
        target.IsProblem(414, "request.target_too_long");
        large.IsProblem(431, "request.headers_too_large");
        many.IsProblem(431, "request.headers_too_large");
        version.IsProblem(505);
    }

    [Fact]
    public async Task A_good_request_before_a_bad_one_on_a_connection_is_answered_and_so_is_the_bad_one()
    {
        var both = await RawHttp.SayAsync(fixture.Gateway, $"{Get}Host: a\r\n{Key}x-request-id: first\r\n\r\n{Get}bad header\r\n\r\n");

        Assert.Equal((200, "first"), (both.Status, both.Headers["x-request-id"]));
        RawHttp.Parse(both.Rest).IsProblem(400, "request.malformed");
    }

    [Fact]
    public async Task A_malformed_HEAD_is_refused_without_a_body()
    {
        using var raw = await RawHttp.ConnectAsync(fixture.Gateway);
        await raw.SayAsync("HEAD / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n");
        using var reader = new StreamReader(raw.Stream);
        var text = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith("HTTP/1.1 400", text, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chunked_body_that_is_too_large_is_a_413_whatever_is_wrong_with_it_behind_the_limit()
    {
        var large = "100000\r\n" + new string(' ', 0x100000) + "\r\n";

        foreach (var path in new[] { "/api/v1/bookings", "/api/v1/api-keys" })
        {
            foreach (var more in new[] { "1000\r\n" + new string(' ', 0x1000) + "\r\n0\r\n\r\n", "zz\r\nnonsense" })
            {
                var answer = await RawHttp.SayAsync(
                    fixture.Gateway, $"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{Key}Transfer-Encoding: chunked\r\n\r\n{large}{more}");
                answer.IsProblem(413, "request.too_large");
            }
        }
    }

    [Fact]
    public async Task A_body_that_does_not_come_is_a_408_for_its_client_and_nothing_for_the_service()
    {
        using var proxied = await RawHttp.ConnectAsync(fixture.Gateway);
        using var own = await RawHttp.ConnectAsync(fixture.Gateway);
        await proxied.SayAsync(Post + "Content-Length: 1000\r\n\r\n{");
        await own.SayAsync(Post.Replace("bookings", "api-keys", StringComparison.Ordinal) + "Content-Length: 1000\r\n\r\n{");

        (await proxied.LastAsync()).IsProblem(408, "request.timeout");
        (await own.LastAsync()).IsProblem(408, "request.timeout");
    }

    [Theory]
    [InlineData("/api/v1/locations", "text/html", 406)]
    [InlineData("/api/v1/locations", "text/html, application/json;q=0.1", 200)]
    [InlineData("/api/v1/locations", "application/json;q=0", 406)]
    [InlineData("/api/v1/locations", "application/*", 200)]
    [InlineData("/api/v1/locations", "application/json; charset=utf-8", 200)]
    [InlineData("/api/v1/locations", "text/html,*/*;q=0.8", 200)]
    [InlineData("/api/v1/locations", "nonsense", 200)]
    [InlineData("/api/v1/locations", "image/png", 406)]
    [InlineData("/api/v1/iot/reports/climate", "text/csv", 200)]
    [InlineData("/api/v1/calendar.ics", "text/calendar", 200)]
    [InlineData("/api/v1/calendar.ics", "application/json", 406)]
    [InlineData("/api/v1/iot/stream", "application/json", 406)]
    [InlineData("/api/v1/api-keys", "text/html", 406)]
    [InlineData("/api/v1/api-keys", "application/json", 200)]
    [InlineData("/api/v1/auth/verify-email?token=x", "application/json", 406)]
    [InlineData("/api/v1/auth/reset-password?token=x", "text/html,application/xhtml+xml", 200)]
    public async Task Who_accepts_nothing_that_a_route_gives_is_told_what_it_gives(string path, string accept, int status)
    {
        using var answer = await fixture.Gateway.SendAsync("GET", path, more: request => request.Headers.TryAddWithoutValidation("Accept", accept), until: HttpCompletionOption.ResponseHeadersRead);

        if (status == 406)
        {
            await Answers.IsProblemAsync(answer, 406, "request.not_acceptable", "This address answers with ");
        }
        else
        {
            Assert.Equal(status, (int)answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_body_that_is_no_json_is_a_415_where_the_gateway_reads_it()
    {
        using var answer = await fixture.Gateway.SendAsync("POST", "/api/v1/api-keys", body: new StringContent("role=ADMIN"));

        await Answers.IsProblemAsync(answer, 415, "request.unsupported_media_type");
    }
}
