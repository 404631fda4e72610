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
        Assert.False(answer.Headers.Contains("Server"));
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
