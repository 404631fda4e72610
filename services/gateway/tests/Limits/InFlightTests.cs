using System.Net;
using System.Net.Http.Headers;
using Coworking.Gateway.ApiKeys;
using Coworking.Gateway.Limits;
using Coworking.Gateway.Tests.Accounts;
using Coworking.Gateway.Tests.Running;
using Coworking.Hosting.Identity;
using Coworking.Local;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Coworking.Gateway.Tests.Limits;

public sealed class InFlightTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string Silent = "/api/v1/spaces/silent";
    private const string Stream = "/api/v1/iot/stream";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public void The_defaults_are_those_that_are_promised()
    {
        var open = OpenOptions.Of(new ConfigurationBuilder().Build());

        Assert.Equal((128, 50, 512, 5000), (open.PerCaller, open.StreamsPerCaller, open.PerKey, open.StreamsPerKey));
    }

    [Fact]
    public async Task An_account_whose_requests_hang_is_refused_the_129th_while_others_pass_and_gets_its_places_back()
    {
        await using var slow = await Upstream.StartAsync("slow");
        await using var gateway = await fixture.StartAsync(To(slow), "--Limits:AccountPerMinute=100000");
        var (person, other) = (await Person.RegisterAsync(gateway), await Person.RegisterAsync(gateway));
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Ended);
        var hanging = Enumerable.Range(0, 128).Select(_ => HangAsync(gateway, person, leave.Token)).ToArray();
        await Wait.UntilAsync(() => Task.FromResult(slow.Silent == 128), Limit, "all of them hang", Ended);

        // Another session of the account is the same caller; what is refused holds no place.
        var again = await person.LogInAsync(gateway);

        for (var i = 0; i < 3; i++)
        {
            using var refused = await again.SendAsync(gateway, "GET", "/api/v1/locations");
            await Answers.IsProblemAsync(refused, 429, "rate_limit.in_flight", "at most 128 at a time");
            Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
        }

        // What hangs is one service: at the other the account goes on.
        using var elsewhere = await person.SendAsync(gateway, "GET", "/api/v1/alerts");
        Assert.NotEqual(429, (int)elsewhere.StatusCode);
        using var others = await other.SendAsync(gateway, "GET", "/api/v1/locations");
        using var key = await gateway.GetAsync("/api/v1/locations", RunningGateway.UserKey);
        Assert.Equal((200, 200, 128), ((int)others.StatusCode, (int)key.StatusCode, slow.Silent));

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(hanging));
        await Wait.UntilAsync(() => Task.FromResult(slow.Silent == 0), Limit, "nothing hangs", Ended);
        await Wait.UntilAsync(async () => (int)await person.StatusAsync(gateway, "/api/v1/locations") == 200, Limit, "those who left made room", Ended);
    }

    [Fact]
    public async Task A_body_that_trickles_holds_its_callers_place_until_it_is_broken_off()
    {
        await using var gateway = await fixture.StartAsync("--Limits:InFlightPerKey=1");
        var (id, key) = await gateway.CreateKeyAsync(new { role = "USER" });
        var open = gateway.Service<KeyBuckets>().Of(Guid.Parse(id), Roles.User, own: null).Open;

        using (var raw = await RawHttp.ConnectAsync(gateway))
        {
            await raw.SayAsync(Trickle("/api/v1/locations", $"x-api-key: {key}\r\n"));
            await Wait.UntilAsync(() => Task.FromResult(!open.IsEmpty), Limit, "the body holds the place", Ended);
            using var refused = await gateway.GetAsync("/api/v1/locations", key);
            await Answers.IsProblemAsync(refused, 429, "rate_limit.in_flight", "at most 1 at a time");
            using var other = await gateway.GetAsync("/api/v1/locations", RunningGateway.UserKey);
            Assert.Equal(200, (int)other.StatusCode);
        }

        await Wait.UntilAsync(() => Task.FromResult(open.IsEmpty), Limit, "the place is free", Ended);
        using var again = await gateway.GetAsync("/api/v1/locations", key);
        Assert.Equal(200, (int)again.StatusCode);
    }

    [Fact]
    public async Task Streams_are_counted_apart_and_strangers_by_their_address()
    {
        await using var slow = await Upstream.StartAsync("slow");
        await using var gateway = await fixture.StartAsync(To(slow), "--Limits:StreamsPerKey=2", "--Limits:InFlightPerCaller=1");
        var (_, key) = await gateway.CreateKeyAsync(new { role = "USER" });

        using (await StreamAsync(gateway, key))
        using (await StreamAsync(gateway, key))
        {
            using var refused = await StreamAsync(gateway, key);
            await Answers.IsProblemAsync(refused, 429, "rate_limit.in_flight", "Too many streams open: at most 2");
            using var request = await gateway.GetAsync("/api/v1/locations", key);
            using var other = await StreamAsync(gateway, RunningGateway.UserKey);
            Assert.Equal((200, 200), ((int)request.StatusCode, (int)other.StatusCode));
        }

        await Wait.UntilAsync(
            async () =>
            {
                using var answer = await StreamAsync(gateway, key);
                return (int)answer.StatusCode == 200;
            },
            Limit, "streams that were left made room", Ended);

        using var raw = await RawHttp.ConnectAsync(gateway);
        await raw.SayAsync(Trickle("/api/v1/waitlist/offers/claim"));
        var open = gateway.Service<RateLimits>().OpenOf(new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Loopback } }, isDevice: false);
        await Wait.UntilAsync(() => Task.FromResult(!open.IsEmpty), Limit, "the stranger's body holds the place of his address", Ended);
        using var stranger = await gateway.GetAsync("/api/v1/calendar.ics", key: null);
        await Answers.IsProblemAsync(stranger, 429, "rate_limit.in_flight");
        using var known = await gateway.GetAsync("/api/v1/locations", key);
        Assert.Equal(200, (int)known.StatusCode);
    }

    private static string To(Upstream upstream) => $"--ReverseProxy:Clusters:reservations:Destinations:d1:Address={upstream.Address}";

    private static Task<HttpResponseMessage> StreamAsync(RunningGateway gateway, string key) => gateway.SendAsync("GET", Stream, key, until: HttpCompletionOption.ResponseHeadersRead);

    // A part of it at once, so that it counts as fast enough for longer than any machine needs here.
    private static string Trickle(string path, string more = "") =>
        $"POST {path} HTTP/1.1\r\nHost: localhost\r\n{more}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{new string(' ', 40_000)}";

    private static async Task HangAsync(RunningGateway gateway, Person person, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Silent);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", person.AccessToken);
        using var answer = await gateway.Http.SendAsync(request, cancellationToken);
    }
}
