using System.Net;
using Coworking.Gateway.Access;
using Coworking.Gateway.Limits;
using Coworking.Gateway.Tests.Running;
using Coworking.Hosting.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace Coworking.Gateway.Tests.Limits;

public sealed class RateLimitsTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string Locations = "/api/v1/locations";

    private readonly StillClock _clock = new();

    [Fact]
    public void The_defaults_are_those_that_are_promised()
    {
        var limits = LimitOptions.Of(new ConfigurationBuilder().Build(), isDevelopment: false);

        Assert.Equal(new Rate(100, 16), limits.PerAddress);
        Assert.Equal(new Rate(600, 100), limits.OfKey(Roles.User));
        Assert.Equal(new Rate(6000, 1000), limits.OfKey(Roles.Admin));
        Assert.Equal(new Rate(600, 100), limits.PerAccount);
        Assert.Equal(new Rate(10, 10), limits.Bookings);
        Assert.Equal((new Rate(600, 100), new Rate(6000, 1000)), (limits.PerDevice, limits.DevicesPerAddress));
    }

    [Fact]
    public async Task A_key_that_asks_too_much_is_told_when_to_come_back_and_others_go_on()
    {
        await using var gateway = await fixture.StartAsync(_clock);
        var (id, key) = await gateway.CreateKeyAsync(new { role = "USER", limit = new { perMinute = 60, burst = 10 } });
        using var full = await gateway.GetAsync(Locations, key);
        Assert.False(full.Headers.Contains("RateLimit-Limit"));

        var statuses = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => StatusAsync(gateway, key)));
        Assert.Equal((9, 31), (statuses.Count(status => status == 200), statuses.Count(status => status == 429)));

        using var refused = await gateway.GetAsync(Locations, key);
        await Answers.IsProblemAsync(refused, 429, "rate_limit.exceeded", "at most 60 a minute; try again in 1 s");
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
        Assert.Equal(("60", "0", "10"), (Header(refused, "RateLimit-Limit"), Header(refused, "RateLimit-Remaining"), Header(refused, "RateLimit-Reset")));
        Assert.Equal(200, await StatusAsync(gateway, RunningGateway.UserKey));

        _clock.Advance(TimeSpan.FromSeconds(3));
        using var low = await gateway.GetAsync(Locations, key);
        Assert.Equal((200, "2"), ((int)low.StatusCode, Header(low, "RateLimit-Remaining")));
        // A change of the key does not fill its bucket, and a higher limit holds at once.
        using var same = await gateway.SendAsync("PATCH", $"/api/v1/api-keys/{id}", body: new { scopes = new List<string> { "read" } });
        Assert.Equal((200, 200, 429), (await StatusAsync(gateway, key), await StatusAsync(gateway, key), await StatusAsync(gateway, key)));
        using var more = await gateway.SendAsync("PATCH", $"/api/v1/api-keys/{id}", body: new { limit = new { perMinute = 60_000, burst = 100_000 } });
        var lifted = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => StatusAsync(gateway, key)));
        Assert.All(lifted, status => Assert.Equal(200, status));
    }

    [Fact]
    public async Task Strangers_and_the_refused_share_their_addresss_bucket_and_known_keys_and_health_do_not()
    {
        await using var gateway = await fixture.StartAsync(_clock, "--Limits:AddressPerMinute=60");
        Assert.Equal(200, await StatusAsync(gateway, RunningGateway.UserKey));
        using var counts = gateway.CountLookups();

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal((401, 401), (await StatusAsync(gateway, key: null), await StatusAsync(gateway, $"invented-key-number-{i}")));
        }

        using var refused = await gateway.GetAsync(Locations, key: null);
        await Answers.IsProblemAsync(refused, 429, "rate_limit.exceeded");
        // Not even asked for: a flood of invented keys ends here.
        Assert.Equal(429, await StatusAsync(gateway, "invented-key-number-6"));
        Assert.Equal(5, counts["miss"]);
        Assert.Equal(429, await StatusAsync(gateway, key: null, "/api/v1/calendar.ics"));
        Assert.Equal((200, 200, 200), (await StatusAsync(gateway, RunningGateway.UserKey), await StatusAsync(gateway, null, "/health"), await StatusAsync(gateway, null, "/health/db")));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((401, 429), (await StatusAsync(gateway, key: null), await StatusAsync(gateway, key: null)));
    }

    [Fact]
    public async Task A_forwarded_address_counts_where_a_known_proxy_says_it()
    {
        await using var gateway = await fixture.StartAsync(_clock, "--Limits:AddressPerMinute=6", "--Proxies:Known:0=127.0.0.0/8", "--Proxies:Known:1=10.0.0.0/8");

        Assert.Equal((401, 429), (await From("203.0.113.1"), await From("203.0.113.1")));
        Assert.Equal(401, await From("203.0.113.2"));
        // What the client wrote himself stands left of what the proxies saw.
        Assert.Equal((429, 429), (await From("198.51.100.7, 203.0.113.1"), await From("198.51.100.8, 203.0.113.1, 10.1.2.3")));
        Assert.Equal((401, 429, 401), (await From("2001:db8::1"), await From("[2001:db8::2]:4711"), await From("2001:db8:0:1::1")));
        // Nonsense is nobody's address: the proxy's own counts.
        Assert.Equal((401, 429), (await From("nonsense"), await From("more nonsense")));

        async Task<int> From(string address)
        {
            using var answer = await gateway.SendAsync("GET", Locations, key: null, more: request => request.Headers.TryAddWithoutValidation("X-Forwarded-For", address));
            return (int)answer.StatusCode;
        }
    }

    [Theory]
    [InlineData]
    [InlineData("--Proxies:Known:0=192.0.2.0/24")]
    public async Task A_forwarded_address_is_nothing_where_the_client_says_it_himself(params string[] settings)
    {
        await using var gateway = await fixture.StartAsync(_clock, ["--Limits:AddressPerMinute=6", .. settings]);
        using var first = await gateway.SendAsync("GET", Locations, key: null, more: request => request.Headers.Add("X-Forwarded-For", "203.0.113.1"));
        using var second = await gateway.SendAsync("GET", Locations, key: null, more: request => request.Headers.Add("X-Forwarded-For", "203.0.113.2"));

        Assert.Equal((401, 429), ((int)first.StatusCode, (int)second.StatusCode));
    }

    [Fact]
    public async Task Readings_have_limits_of_their_own_per_device_and_for_all_devices_of_an_address()
    {
        await using var gateway = await fixture.StartAsync(_clock, "--Limits:DevicePerMinute=60", "--Limits:DevicesPerAddressPerMinute=180", "--Limits:AddressPerMinute=6");
        Task<int[]> SendAsync(string? device, int times) => Task.WhenAll(Enumerable.Range(0, times).Select(async i =>
        {
            using var answer = await gateway.SendAsync("POST", "/api/v1/readings/devices/7/readings", key: null, more: request =>
            {
                request.Headers.Add("x-device-key", device ?? $"invented-{i}");
            });
            return (int)answer.StatusCode;
        }));

        Assert.Equal(10, (await SendAsync("device-one", 15)).Count(status => status == 200));
        Assert.Equal(10, (await SendAsync("device-two", 15)).Count(status => status == 200));
        Assert.Equal(10, (await SendAsync(device: null, 40)).Count(status => status == 200));
        // Apart: what devices have used up is not missing elsewhere.
        Assert.Equal(401, await StatusAsync(gateway, key: null));
    }

    [Fact]
    public void An_account_makes_ten_bookings_a_minute_in_all_its_sessions_and_a_key_as_many_as_it_likes()
    {
        using var meters = new TestMeters();
        var limits = new RateLimits(LimitOptions.Of(new ConfigurationBuilder().Build(), isDevelopment: false), _clock, new GatewayMetrics(meters));
        var account = Guid.CreateVersion7();
        var caller = new Caller(account.ToString(), "account", Roles.Customer, "a@example.com", EmailVerified: true, []);
        var sessions = new[] { limits.OfAccount(caller, account), limits.OfAccount(caller with { }, account) };
        var key = new Visitor(caller, new TokenBucket(new Rate(600, 100), _clock));

        bool Takes(Visitor visitor, string method = "POST", string path = "/api/v1/bookings", string query = "") => RateLimits.Take(Request(method, path, query), Bookings, visitor, _clock.GetTimestamp()) is null;

        Assert.All(Enumerable.Range(0, 10), i => Assert.True(Takes(sessions[i % 2])));
        Assert.False(Takes(sessions[0]));
        Assert.False(Takes(sessions[1], path: "/api/v1/bookings/"));
        Assert.False(Takes(sessions[1], path: "/api/v1/booking-series/7/extend"));
        Assert.True(Takes(sessions[0], "GET"));
        Assert.True(Takes(sessions[0], query: "?dryRun=true"));
        Assert.False(Takes(sessions[0], query: "?dryRun=false"));
        Assert.True(Takes(sessions[0], path: "/api/v1/booking-series/7/cancel"));
        Assert.True(Takes(sessions[0], path: "/api/v1/bookings/7/check-in"));
        Assert.All(Enumerable.Range(0, 20), _ => Assert.True(Takes(key)));
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal([true, false], [Takes(sessions[1]), Takes(sessions[0])]);
        // Another account is another; and there is a limit on all its requests, too.
        var other = limits.OfAccount(caller, Guid.CreateVersion7());
        Assert.Equal(100, Enumerable.Range(0, 150).Count(_ => Takes(other, "GET")));
    }

    private static RouteAccess Bookings { get; } =
        RouteAccess.Of(new RouteConfig { RouteId = "bookings", Metadata = new Dictionary<string, string> { [RouteAccess.LimitName] = "bookings" } });

    private static DefaultHttpContext Request(string method, string path, string query = "") => new() { Request = { Method = method, Path = path, QueryString = new QueryString(query) }, Connection = { RemoteIpAddress = IPAddress.Loopback } };

    private static string Header(HttpResponseMessage answer, string name) => Assert.Single(answer.Headers.GetValues(name));

    private static async Task<int> StatusAsync(RunningGateway gateway, string? key, string path = Locations)
    {
        using var answer = await gateway.GetAsync(path, key);
        return (int)answer.StatusCode;
    }

    private sealed class TestMeters : System.Diagnostics.Metrics.IMeterFactory
    {
        private readonly List<System.Diagnostics.Metrics.Meter> _meters = [];

        public System.Diagnostics.Metrics.Meter Create(System.Diagnostics.Metrics.MeterOptions options)
        {
            var meter = new System.Diagnostics.Metrics.Meter(options);
            _meters.Add(meter);
            return meter;
        }

        public void Dispose() => _meters.ForEach(meter => meter.Dispose());
    }
}
