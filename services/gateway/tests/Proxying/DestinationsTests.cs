using System.Net;
using System.Net.Sockets;
using Coworking.Gateway.Tests.Running;
using Coworking.Local;

namespace Coworking.Gateway.Tests.Proxying;

/// <summary>A service with two destinations, of which one is not well; and one that has too much to do.</summary>
public sealed class DestinationsTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_of_two_dies_and_nothing_is_lost_and_it_comes_back()
    {
        // Not a port that an outgoing connection could take while nobody listens there.
        var address = $"http://127.0.0.1:{Ports.Free()}";
        var second = await Upstream.StartAsync("second", address);
        await using var gateway = await WithSecondAsync(
            address, "--ReverseProxy:Clusters:reservations:HealthCheck:Active:Interval=00:00:00.200", "--ReverseProxy:Clusters:reservations:HealthCheck:Passive:ReactivationPeriod=00:00:00.500");
        await UntilSeenAsync(gateway, "second");

        await second.DisposeAsync();

        // Nobody listens there any more, and nothing can have been done by it: not even what changes something is lost.
        for (var i = 0; i < 40; i++)
        {
            using var answer = await gateway.SendAsync(i % 2 == 0 ? "GET" : "POST", "/api/v1/bookings", body: i % 2 == 0 ? null : new { i });
            Assert.Equal("reservations", (await Echo.OfAsync(answer)).Service);
        }

        await using var back = await Upstream.StartAsync("back", address);
        await UntilSeenAsync(gateway, "back");
    }

    [Fact]
    public async Task What_a_dying_destination_left_unanswered_is_asked_again_where_asking_twice_changes_nothing()
    {
        using var dying = new TcpListener(IPAddress.Loopback, 0);
        dying.Start();
        var posts = 0;
        var serving = Task.Run(async () =>
        {
            while (true)
            {
                using var client = await dying.AcceptTcpClientAsync(Ended);
                var buffer = new byte[4096];
                var count = await client.GetStream().ReadAsync(buffer, Ended);
                posts += count > 0 && buffer[0] == 'P' ? 1 : 0;
            }
        }, Ended);
        // Never thought unwell, so that every second request meets it.
        await using var gateway = await WithSecondAsync($"http://{dying.LocalEndpoint}", "--ReverseProxy:Clusters:reservations:HealthCheck:Active:Enabled=false", "--ReverseProxy:Clusters:reservations:HealthCheck:Passive:Enabled=false");
        var lost = 0;

        for (var i = 0; i < 10; i++)
        {
            using var answer = await gateway.GetAsync("/api/v1/locations");
            Assert.Equal("reservations", (await Echo.OfAsync(answer)).Service);
        }

        for (var i = 0; i < 10; i++)
        {
            using var answer = await gateway.SendAsync("POST", "/api/v1/bookings", body: new { i });

            if (answer.StatusCode != HttpStatusCode.OK)
            {
                await Answers.IsProblemAsync(answer, 503, "service.unavailable");
                lost++;
            }
        }

        Assert.Equal(5, lost);
        Assert.Equal(lost, posts);
        dying.Stop();
        await Assert.ThrowsAnyAsync<Exception>(() => serving);
    }

    [Fact]
    public async Task Requests_that_hang_are_bounded_and_the_other_service_and_health_never_notice()
    {
        const int most = 8;
        await using var slow = await Upstream.StartAsync("slow");
        await using var gateway = await fixture.StartAsync(
            $"--ReverseProxy:Clusters:reservations:Destinations:d1:Address={slow.Address}", $"--ReverseProxy:Clusters:reservations:Metadata:MaxInFlight={most}");
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Ended);
        var hanging = Enumerable.Range(0, most).Select(_ => HangAsync(gateway, leave.Token)).ToArray();
        await Wait.UntilAsync(() => Task.FromResult(slow.Silent == most), Limit, "all of them hang", Ended);

        for (var i = 0; i < 20; i++)
        {
            using var busy = await gateway.GetAsync("/api/v1/locations");
            await Answers.IsProblemAsync(busy, 503, "service.busy");
            Assert.Equal(TimeSpan.FromSeconds(1), busy.Headers.RetryAfter!.Delta);
            using var other = await gateway.GetAsync("/api/v1/devices");
            Assert.Equal("iot-ingest", (await Echo.OfAsync(other)).Service);
        }

        using var health = await gateway.GetAsync("/health", key: null);
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Equal(most, slow.Silent);

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(hanging));
        await Wait.UntilAsync(
            async () =>
            {
                using var again = await gateway.GetAsync("/api/v1/locations");
                return again.StatusCode == HttpStatusCode.OK;
            },
            Limit, "those who left made room", Ended);
    }

    [Fact]
    public async Task A_destination_that_is_full_leaves_the_others_to_serve()
    {
        await using var slow = await Upstream.StartAsync("slow");
        await using var gateway = await WithSecondAsync(slow.Address, "--ReverseProxy:Clusters:reservations:Metadata:MaxInFlight=1");
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Ended);
        // Either destination takes one; the second one hangs where the first has its own already.
        var hanging = new[] { HangAsync(gateway, leave.Token), HangAsync(gateway, leave.Token) };
        await Wait.UntilAsync(() => Task.FromResult(slow.Silent + fixture.Reservations.Silent == 2), Limit, "both hang", Ended);

        Assert.Equal((1, 1), (slow.Silent, fixture.Reservations.Silent));
        using (var busy = await gateway.GetAsync("/api/v1/locations"))
        {
            await Answers.IsProblemAsync(busy, 503, "service.busy");
        }

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(hanging));
        await Wait.UntilAsync(() => Task.FromResult(slow.Silent + fixture.Reservations.Silent == 0), Limit, "nothing hangs", Ended);
    }

    [Fact]
    public async Task A_bound_that_is_no_number_keeps_the_gateway_from_starting() =>
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var gateway = await fixture.StartAsync("--ReverseProxy:Clusters:reservations:Metadata:MaxInFlight=many");
            using var answer = await gateway.GetAsync("/api/v1/locations");
            answer.EnsureSuccessStatusCode();
        });

    private Task<RunningGateway> WithSecondAsync(string address, params string[] more) =>
        fixture.StartAsync([$"--ReverseProxy:Clusters:reservations:Destinations:d2:Address={address}", .. more]);

    private static async Task HangAsync(RunningGateway gateway, CancellationToken leave)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/spaces/silent") { Headers = { { "x-api-key", RunningGateway.AdminKey } } };
        using var answer = await gateway.Http.SendAsync(request, leave);
    }

    private static Task UntilSeenAsync(RunningGateway gateway, string service) => Wait.UntilAsync(
        async () =>
        {
            using var answer = await gateway.GetAsync("/api/v1/locations");
            return (await Echo.OfAsync(answer)).Service == service;
        },
        Limit, $"{service} is asked", Ended);
}
