using System.Collections.Concurrent;
using Coworking.Gateway.Http;
using Coworking.Gateway.Tests.Running;
using Microsoft.AspNetCore.Http;

namespace Coworking.Gateway.Tests.Http;

public sealed class AnswerHeadersTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    [Theory]
    [InlineData("/api/v1/locations")]
    [InlineData("/api/v1/nothing")]
    [InlineData("/api/v1/api-keys/no-uuid")]
    [InlineData("/health")]
    public async Task Every_answer_carries_the_headers_that_keep_browsers_from_guessing_once_and_names_no_server(string path)
    {
        using var answer = await fixture.Gateway.GetAsync(path);

        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("DENY", Assert.Single(answer.Headers.GetValues("X-Frame-Options")));
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.Equal("default-src 'none'; frame-ancestors 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
        Assert.Matches("^private, no-cache$|no-store", answer.Headers.NonValidated["Cache-Control"].ToString());
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("/.well-known/jwks.json", "public, max-age=300")]
    [InlineData("/openapi/v1.json", "no-cache")]
    public async Task An_answer_that_says_itself_for_whom_it_may_be_kept_is_left_alone(string path, string said)
    {
        using var answer = await fixture.Gateway.GetAsync(path, key: null);

        Assert.Equal(said, answer.Headers.NonValidated["Cache-Control"].ToString());
    }

    [Fact]
    public async Task A_page_of_a_service_keeps_its_own_policy()
    {
        using var answer = await fixture.Gateway.GetAsync("/api/v1/waitlist/offers/token?policy=form-action", key: null);

        Assert.Equal("form-action", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
    }

    [Fact]
    public async Task The_address_alone_is_a_page_that_leads_on_and_may_load_its_own_things_only()
    {
        using var answer = await fixture.Gateway.SendAsync("GET", "/", key: null, more: request => request.Headers.Add("Accept", "text/html"));
        var html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains("href=\"/docs\"", html, StringComparison.Ordinal);
        Assert.Contains("href=\"/health\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01", false)]
    [InlineData("nonsense", false)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more,<script>", false)]
    public async Task A_trace_goes_on_where_it_is_one_and_begins_here_where_not_and_is_told_either_way(string parent, bool kept)
    {
        using var answer = await fixture.Gateway.SendAsync("GET", "/api/v1/nothing", more: request => request.Headers.TryAddWithoutValidation("traceparent", parent));

        var trace = Assert.Single(answer.Headers.GetValues("traceparent")).Split('-');
        Assert.Equal(("00", 32, 16), (trace[0], trace[1].Length, trace[2].Length));
        Assert.Equal(kept, parent.Contains(trace[1], StringComparison.Ordinal));
        Assert.Equal(trace[1], (await Answers.IsProblemAsync(answer, 404))["traceId"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("my-request.7_A", true)]
    [InlineData("with blank", false)]
    [InlineData("<script>", false)]
    public async Task A_fit_request_id_is_kept_and_another_replaced_for_the_service_and_the_client_alike(string id, bool kept)
    {
        using var answer = await fixture.Gateway.SendAsync("GET", "/api/v1/locations", more: request => request.Headers.TryAddWithoutValidation("x-request-id", id));

        var returned = Assert.Single(answer.Headers.GetValues("x-request-id"));
        Assert.Equal(kept, returned == id);
        Assert.Equal(returned, (await Echo.OfAsync(answer)).Headers["x-request-id"]);
    }

    [Fact]
    public void Made_ids_are_fit_and_never_the_same()
    {
        var ids = new ConcurrentBag<string>();
        Parallel.For(0, 10_000, _ => ids.Add(RequestIds.For(new HeaderDictionary())));

        Assert.Equal(10_000, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Equal(id, RequestIds.For(new HeaderDictionary { ["x-request-id"] = id })));
    }

    [Fact]
    public void The_bounds_of_a_given_id_are_1_and_128()
    {
        foreach (var (length, kept) in new[] { (0, false), (1, true), (128, true), (129, false) })
        {
            var id = new string('a', length);
            Assert.Equal(kept, RequestIds.For(new HeaderDictionary { ["x-request-id"] = id }) == id);
        }
    }
}
