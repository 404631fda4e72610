using System.Net;
using System.Text;
using System.Text.Json;
using Coworking.Hosting.Identity;
using Microsoft.Extensions.Logging;

namespace Coworking.Hosting.Tests.Problems;

public sealed class ProblemShapeTests(ProblemServer server) : IClassFixture<ProblemServer>
{
    private const string GoodThing = """{"spaceId":"b6194839-7438-4587-a52e-eeef27d00282","at":"2026-02-03T16:00:00+01:00","capacity":4}""";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/nowhere", 404, "route.not_found", "There is nothing at this address")]
    [InlineData("DELETE", "/things", 405, "route.method_not_allowed", "This address does not take this method")]
    [InlineData("GET", "/things/42", 400, "request.invalid", "id must be a valid UUID")]
    [InlineData("GET", "/things/{b6194839-7438-4587-a52e-eeef27d00282}", 400, "request.invalid", "id must be a valid UUID")]
    [InlineData("GET", "/pages?page=0", 400, "request.invalid", "page must be a whole number of at least 1")]
    [InlineData("GET", "/pages?pageSize=101", 400, "request.invalid", "pageSize must be a whole number from 1 to 100")]
    [InlineData("GET", "/numbers?number=abc", 400, "request.invalid", "number is not valid: 'abc'")]
    [InlineData("GET", "/refused", 409, "booking.slot_taken", "Schedule conflict: taken")]
    [InlineData("GET", "/refused-early", 400, "request.invalid", "dateFrom must be a date")]
    [InlineData("GET", "/broken", 500, "http.500", "Something broke on our side; the trace id tells us where")]
    [InlineData("GET", "/ended", 503, "service.unavailable", "The service is not available right now; try again shortly")]
    [InlineData("GET", "/away", 503, "service.unavailable", "The service is not available right now; try again shortly")]
    [InlineData("GET", "/teapot", 418, "http.418", "I'm a teapot")]
    [InlineData("GET", "/admin", 403, "auth.forbidden", "This endpoint requires admin access")]
    public async Task An_error_has_the_one_shape(string method, string path, int status, string code, string message)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await server.Client.SendAsync(request, Stop);
        AssertProblem(answer, await BodyAsync(answer), status, code, message);
    }

    [Theory]
    [InlineData("""{"spaceId":"42","at":"2026-02-03T15:00:00Z","capacity":4}""", "spaceId", "spaceId must be a valid UUID")]
    [InlineData("""{"spaceId":42,"at":"2026-02-03T15:00:00Z","capacity":4}""", "spaceId", "spaceId must be a valid UUID")]
    [InlineData("""{"spaceId":null,"at":"2026-02-03T15:00:00Z","capacity":4}""", "spaceId", "spaceId must be a valid UUID")]
    [InlineData("""{"spaceId":"b6194839-7438-4587-a52e-eeef27d00282","at":"2026-02-03T15:00:00","capacity":4}""", "at",
        "at must be an RFC 3339 time with a zone, e.g. 2026-01-31T09:00:00Z")]
    [InlineData("""{"spaceId":"b6194839-7438-4587-a52e-eeef27d00282","at":"2026-02-03T15:00:00Z","capacity":"4x"}""", "capacity", "capacity has the wrong type or form")]
    [InlineData("""{"spaceId":"b6194839-7438-4587-a52e-eeef27d00282","at":"2026-02-03T15:00:00Z","capacity":99999999999}""", "capacity", "capacity has the wrong type or form")]
    [InlineData("""{"spaceId":"b6194839-7438-4587-a52e-eeef27d00282","at":"2026-02-03T15:00:00Z","capacity":4,"note":7}""", "note", "note has the wrong type or form")]
    [InlineData("""{"spaceId":"b6194839-7438-4587-a52e-eeef27d00282","at":"2026-02-03T15:00:00Z","capacity":4,"other":"42"}""", "other", "other must be a valid UUID")]
    public async Task A_member_that_cannot_be_read_is_named(string body, string field, string message)
    {
        using var answer = await PostAsync(body);
        var problem = await BodyAsync(answer);
        AssertProblem(answer, problem, 400, "request.invalid", message);
        Assert.Equal(message, problem.GetProperty("errors").GetProperty(field)[0].GetString());
    }

    [Theory]
    [InlineData("{", "application/json", 400)]
    [InlineData("", "application/json", 400)]
    [InlineData("null", "application/json", 400)]
    [InlineData("[]", "application/json", 400)]
    [InlineData("\"text\"", "application/json", 400)]
    [InlineData(GoodThing, "text/plain", 415)]
    public async Task A_body_that_is_not_what_was_asked_for_is_refused(string body, string type, int status)
    {
        using var answer = await PostAsync(body, type);
        AssertProblem(answer, await BodyAsync(answer), status, code: null, message: null);
    }

    [Theory]
    [InlineData("spaceId")]
    [InlineData("at")]
    [InlineData("note")]
    [InlineData("unknown")]
    public async Task Bytes_that_are_no_text_are_refused(string member)
    {
        using var content = new ByteArrayContent([.. "{\""u8, .. Encoding.UTF8.GetBytes(member), .. "\":\""u8, 0xE2, 0x28, .. "\"}"u8]);
        content.Headers.ContentType = new("application/json");
        using var answer = await server.Client.PostAsync(new Uri("/things", UriKind.Relative), content, Stop);
        Assert.True((int)answer.StatusCode is 200 or 400);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        using var answer = await PostAsync($$"""{"note":"{{new string('x', 100_000)}}"}""");
        AssertProblem(answer, await BodyAsync(answer), 413, "request.too_large", "The request body is too large");
    }

    [Fact]
    public async Task A_good_body_is_read_and_answered_in_the_contracts_forms()
    {
        using var answer = await PostAsync(GoodThing);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("2026-02-03T15:00:00.000Z", (await BodyAsync(answer)).GetProperty("at").GetString());
    }

    [Fact]
    public async Task What_a_rule_adds_to_its_refusal_arrives()
    {
        using var answer = await server.Client.GetAsync(new Uri("/refused", UriKind.Relative), Stop);
        Assert.Equal("later", (await BodyAsync(answer)).GetProperty("alternatives")[0].GetString());
    }

    [Fact]
    public async Task A_secret_in_the_path_of_what_broke_stays_out_of_the_log()
    {
        server.Logged.Clear();
        using var answer = await server.Client.PostAsync(new Uri("/api/v1/waitlist/offers/s3cret/claim", UriKind.Relative), null, Stop);
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.StartsWith("Request POST /api/v1/waitlist/offers/…/claim broke", Assert.Single(server.Logged).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_broke_is_logged_once_and_told_to_nobody()
    {
        server.Logged.Clear();
        using var answer = await server.Client.GetAsync(new Uri("/broken", UriKind.Relative), Stop);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        var logged = Assert.Single(server.Logged);
        Assert.Equal(LogLevel.Error, logged.Level);
        Assert.Contains("secret detail", logged.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dependency_that_is_away_says_when_to_try_again()
    {
        using var answer = await server.Client.GetAsync(new Uri("/away", UriKind.Relative), Stop);
        Assert.Equal(TimeSpan.FromSeconds(2), answer.Headers.RetryAfter?.Delta);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("forged.token.here")]
    public async Task Without_the_gateways_token_nothing_is_answered_but_what_is_open(string? token)
    {
        using var client = new HttpClient { BaseAddress = server.Client.BaseAddress };

        if (token is not null)
        {
            client.DefaultRequestHeaders.Add(GatewayIdentity.Header, token);
        }

        // 401 comes before validation and before 404.
        foreach (var path in new[] { "/pages", "/things/42", "/admin" })
        {
            using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), Stop);
            AssertProblem(answer, await BodyAsync(answer), 401, "auth.identity", "This service answers only to the gateway");
        }

        Assert.Equal("open", await client.GetStringAsync(new Uri("/open", UriKind.Relative), Stop));
    }

    [Theory]
    [InlineData("application/json; charset=none", 415)]
    [InlineData("application/json; charset=\"\"", 415)]
    [InlineData("application/json; charset=\"utf-8\"", 415)]
    [InlineData("application/json; charset=utf-8", 200)]
    public async Task A_charset_that_nobody_knows_is_the_clients_mistake(string type, int status)
    {
        using var content = new StringContent(GoodThing, Encoding.UTF8);
        content.Headers.ContentType = null;
        Assert.True(content.Headers.TryAddWithoutValidation("Content-Type", type));
        using var answer = await server.Client.PostAsync(new Uri("/things", UriKind.Relative), content, Stop);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task An_admin_may_what_others_may_not()
    {
        using var client = new HttpClient { BaseAddress = server.Client.BaseAddress };
        client.DefaultRequestHeaders.Add(GatewayIdentity.Header, server.Token(Roles.Admin));
        Assert.Equal("ADMIN", await client.GetStringAsync(new Uri("/admin", UriKind.Relative), Stop));
    }

    private static void AssertProblem(HttpResponseMessage answer, JsonElement problem, int status, string? code, string? message)
    {
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("about:blank", problem.GetProperty("type").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.Equal(status, problem.GetProperty("statusCode").GetInt32());
        Assert.Equal(problem.GetProperty("title").GetString(), problem.GetProperty("error").GetString());
        Assert.Equal(problem.GetProperty("detail").GetString(), problem.GetProperty("message").GetString());
        Assert.NotEqual("", problem.GetProperty("message").GetString());
        Assert.Matches("^[0-9a-f]{32}$", problem.GetProperty("traceId").GetString());
        Assert.Equal(code ?? problem.GetProperty("code").GetString(), problem.GetProperty("code").GetString());
        Assert.Equal(message ?? problem.GetProperty("message").GetString(), problem.GetProperty("message").GetString());
    }

    private static async Task<JsonElement> BodyAsync(HttpResponseMessage answer) =>
        JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync(Stop));

    private async Task<HttpResponseMessage> PostAsync(string body, string type = "application/json")
    {
        using var content = new StringContent(body, Encoding.UTF8, type);
        return await server.Client.PostAsync(new Uri("/things", UriKind.Relative), content, Stop);
    }
}
