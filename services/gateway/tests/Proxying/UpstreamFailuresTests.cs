using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Coworking.Gateway.Tests.Running;
using Coworking.Local;

namespace Coworking.Gateway.Tests.Proxying;

public sealed class UpstreamFailuresTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task A_dead_service_is_a_503_at_once_and_its_return_is_noticed_at_once_while_the_other_never_suffers()
    {
        var dead = $"http://127.0.0.1:{Ports.Free()}";
        await using var gateway = await fixture.StartAsync($"--ReverseProxy:Clusters:reservations:Destinations:d1:Address={dead}");

        for (var i = 0; i < 3; i++)
        {
            var watch = Stopwatch.StartNew();
            using var refused = await gateway.GetAsync("/api/v1/locations");
            await Answers.IsProblemAsync(refused, 503, "service.unavailable");
            Assert.Equal(TimeSpan.FromSeconds(2), refused.Headers.RetryAfter!.Delta);
            // Far below what a service that keeps silent is given.
            Assert.InRange(watch.ElapsedMilliseconds, 0, 15_000);
        }

        using (var other = await gateway.GetAsync("/api/v1/devices"))
        {
            Assert.Equal("iot-ingest", (await Echo.OfAsync(other)).Service);
        }

        await using var back = await Upstream.StartAsync("back", dead);
        using var answer = await gateway.GetAsync("/api/v1/locations");
        Assert.Equal("back", (await Echo.OfAsync(answer)).Service);
    }

    [Fact]
    public async Task A_service_that_keeps_silent_is_a_504()
    {
        await using var gateway = await fixture.StartAsync("--ReverseProxy:Clusters:reservations:HttpRequest:ActivityTimeout=00:00:01");

        using var answer = await gateway.GetAsync("/api/v1/spaces/silent");

        await Answers.IsProblemAsync(answer, 504, "service.timeout");
    }

    [Fact]
    public async Task A_service_that_breaks_off_is_a_503_and_not_half_an_answer()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var ended = TestContext.Current.CancellationToken;
        var serving = Task.Run(async () =>
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(ended);
                await client.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Le"u8.ToArray(), ended);
            }
        }, ended);
        await using var gateway = await fixture.StartAsync($"--ReverseProxy:Clusters:reservations:Destinations:d1:Address=http://{listener.LocalEndpoint}");

        using var answer = await gateway.GetAsync("/api/v1/locations");

        await Answers.IsProblemAsync(answer, 503, "service.unavailable");
        listener.Stop();
        await Assert.ThrowsAnyAsync<Exception>(() => serving);
    }

    [Fact]
    public async Task Health_answers_for_the_gateway_and_tells_of_the_services_without_waiting_for_them()
    {
        var dead = $"http://127.0.0.1:{Ports.Free()}";
        await using var gateway = await fixture.StartAsync(
            $"--ReverseProxy:Clusters:reservations:Destinations:d1:Address={dead}",
            "--ReverseProxy:Clusters:reservations:HealthCheck:Active:Interval=00:00:00.200",
            "--ReverseProxy:Clusters:iot-ingest:HealthCheck:Active:Interval=00:00:00.200");

        // A machine that is busy elsewhere holds up some of them; what waits for a service is late every time.
        var fastest = long.MaxValue;
        await Wait.UntilAsync(
            async () =>
            {
                var watch = Stopwatch.StartNew();
                using var answer = await gateway.GetAsync("/health", key: null);
                fastest = Math.Min(fastest, watch.ElapsedMilliseconds);
                var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                Assert.Contains("\"status\":\"ok\",\"ts\":\"20", text, StringComparison.Ordinal);
                return fastest <= 500 && text.Contains("\"reservations\":\"down\"", StringComparison.Ordinal) && text.Contains("\"iot-ingest\":\"ok\"", StringComparison.Ordinal);
            },
            TimeSpan.FromSeconds(90), "health tells which service is down, and at once", TestContext.Current.CancellationToken);
        using var ready = await gateway.GetAsync("/health/ready", key: null);
        using var live = await gateway.GetAsync("/health/live", key: null);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (ready.StatusCode, live.StatusCode));
    }
}
