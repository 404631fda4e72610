using System.Diagnostics;
using Coworking.Gateway.Limits;
using Coworking.Gateway.Proxying;
using Coworking.Gateway.Tests.Running;
using Coworking.Local;
using Microsoft.Extensions.Configuration;

namespace Coworking.Gateway.Tests.Proxying;

public sealed class StreamTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_opens_before_its_first_event_delivers_each_at_once_and_its_end_reaches_the_service()
    {
        await using var iot = await Upstream.StartAsync("iot-ingest");
        await using var gateway = await fixture.StartAsync($"--ReverseProxy:Clusters:iot-ingest:Destinations:d1:Address={iot.Address}");

        var answer = await gateway.SendAsync("GET", "/api/v1/iot/stream", until: HttpCompletionOption.ResponseHeadersRead).WaitAsync(Limit, Ended);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        var stream = await answer.Content.ReadAsStreamAsync(Ended);
        var reader = new StreamReader(stream);

        for (var i = 0; i < 3; i++)
        {
            iot.Frames.Send($"event: telemetry\ndata: {i}\n\n");
            Assert.Equal("event: telemetry", await reader.ReadLineAsync(Ended).AsTask().WaitAsync(Limit, Ended));
            Assert.Equal($"data: {i}", await reader.ReadLineAsync(Ended));
            Assert.Equal("", await reader.ReadLineAsync(Ended));
        }

        Assert.False(iot.StreamLeft.Task.IsCompleted);
        answer.Dispose();
        await iot.StreamLeft.Task.WaitAsync(Limit, Ended);
    }

    [Fact]
    public async Task Of_a_client_who_leaves_an_idle_stream_the_service_hears_within_a_second()
    {
        await using var iot = await Upstream.StartAsync("iot-ingest");
        await using var gateway = await fixture.StartAsync($"--ReverseProxy:Clusters:iot-ingest:Destinations:d1:Address={iot.Address}");
        var fastest = TimeSpan.MaxValue;

        // A busy machine may be late once, but not each time.
        for (var i = 0; i < 10 && fastest > TimeSpan.FromSeconds(1); i++)
        {
            var answer = await gateway.SendAsync("GET", "/api/v1/iot/stream", until: HttpCompletionOption.ResponseHeadersRead);
            await Wait.UntilAsync(() => Task.FromResult(iot.Streams == 1), Limit, "the stream is open", Ended);
            var left = Stopwatch.GetTimestamp();
            answer.Dispose();
            await Wait.UntilAsync(() => Task.FromResult(iot.Streams == 0), Limit, "the service has heard of it", Ended);
            fastest = TimeSpan.FromTicks(Math.Min(fastest.Ticks, Stopwatch.GetElapsedTime(left).Ticks));
        }

        Assert.InRange(fastest, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task An_idle_stream_outlives_the_time_limit_of_other_requests()
    {
        await using var iot = await Upstream.StartAsync("iot-ingest");
        await using var gateway = await fixture.StartAsync(
            $"--ReverseProxy:Clusters:iot-ingest:Destinations:d1:Address={iot.Address}", "--ReverseProxy:Clusters:iot-ingest:HttpRequest:ActivityTimeout=00:00:00.300");
        using var answer = await gateway.SendAsync("GET", "/api/v1/iot/stream", until: HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Ended));

        var line = reader.ReadLineAsync(Ended).AsTask();
        await Assert.ThrowsAsync<TimeoutException>(() => line.WaitAsync(TimeSpan.FromSeconds(1), Ended));
        iot.Frames.Send(": ping\n\n");

        Assert.Equal(": ping", await line.WaitAsync(Limit, Ended));
    }

    [Fact]
    public async Task Pings_carry_a_stream_past_every_time_limit_and_silence_beyond_it_is_cut()
    {
        await using var iot = await Upstream.StartAsync("iot-ingest");
        await using var gateway = await fixture.StartAsync(
            $"--ReverseProxy:Clusters:iot-ingest:Destinations:d1:Address={iot.Address}", "--ReverseProxy:Clusters:iot-stream:HttpRequest:ActivityTimeout=00:00:10");
        using var answer = await gateway.SendAsync("GET", "/api/v1/iot/stream", until: HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Ended));

        // As in life, where a ping comes every 25 s and the limit is two minutes: together longer than the limit, each gap shorter.
        for (var i = 0; i < 15; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(800), Ended);
            iot.Frames.Send(": ping\n\n");
            Assert.Equal(": ping", await reader.ReadLineAsync(Ended));
            Assert.Equal("", await reader.ReadLineAsync(Ended));
        }

        Assert.False(iot.StreamLeft.Task.IsCompleted);
        await iot.StreamLeft.Task.WaitAsync(Limit, Ended);
    }

    [Fact]
    public async Task A_stop_ends_open_streams_properly_and_waits_for_none_of_them()
    {
        await using var iot = await Upstream.StartAsync("iot-ingest");
        await using var gateway = await fixture.StartAsync($"--ReverseProxy:Clusters:iot-ingest:Destinations:d1:Address={iot.Address}");
        using var answer = await gateway.SendAsync("GET", "/api/v1/iot/stream", until: HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Ended));
        iot.Frames.Send("event: alert\ndata: 1\n\n");
        Assert.Equal("event: alert", await reader.ReadLineAsync(Ended));

        await gateway.StopAsync().WaitAsync(Limit, Ended);

        // After ten seconds a stop cuts off whoever is left: a body that was cut off would throw.
        Assert.Equal("data: 1\n\n", await reader.ReadToEndAsync(Ended));
        await iot.StreamLeft.Task.WaitAsync(Limit, Ended);
    }

    [Fact]
    public async Task A_stream_whose_time_is_over_ends_properly_and_is_opened_again_by_whoever_still_may()
    {
        await using var iot = await Upstream.StartAsync("iot-ingest");
        await using var gateway = await fixture.StartAsync($"--ReverseProxy:Clusters:iot-ingest:Destinations:d1:Address={iot.Address}", "--Limits:StreamLifetime=00:00:04");
        var (id, key) = await gateway.CreateKeyAsync(new { role = "USER" });
        using var answer = await gateway.SendAsync("GET", "/api/v1/iot/stream", key, until: HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Ended));
        iot.Frames.Send("event: alert\ndata: 1\n\n");
        using var revoked = await gateway.SendAsync("DELETE", $"/api/v1/api-keys/{id}");

        // A body that was cut off would throw; one without an end would not come back.
        Assert.Equal("event: alert\ndata: 1\n\n", await reader.ReadToEndAsync(Ended).WaitAsync(Limit, Ended));
        await iot.StreamLeft.Task.WaitAsync(Limit, Ended);
        using var again = await gateway.SendAsync("GET", "/api/v1/iot/stream", key, until: HttpCompletionOption.ResponseHeadersRead);
        await Answers.IsProblemAsync(again, 401);
        using var other = await gateway.SendAsync("GET", "/api/v1/iot/stream", until: HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(200, (int)other.StatusCode);
    }

    [Fact]
    public void By_default_a_stream_lasts_a_quarter_of_an_hour_give_or_take_a_tenth()
    {
        var lifetime = OpenOptions.Of(new ConfigurationBuilder().Build()).StreamLifetime;
        var times = Enumerable.Range(0, 1000).Select(_ => StreamUntilStop.Jittered(lifetime)).ToList();

        // An idle stream is promised ten minutes.
        Assert.All(times, time => Assert.InRange(time, TimeSpan.FromMinutes(13.5), TimeSpan.FromMinutes(16.5)));
        Assert.True(times.Distinct().Count() > 10);
    }

    [Theory]
    [InlineData("?key=user-secret-key-456", "")]
    [InlineData("?spaceId=a%20b&key=user-secret-key-456&events=alert", "?spaceId=a%20b&events=alert")]
    [InlineData("?%6Bey=user-secret-key-456&x", "?x")]
    [InlineData("?KEY=user-secret-key-456", "")]
    public async Task The_stream_takes_its_key_from_the_query_and_hands_it_to_nobody(string query, string forwarded)
    {
        using var answer = await fixture.Gateway.SendAsync("GET", "/api/v1/iot/stream" + query, key: null, until: HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(forwarded, Assert.Single(answer.Headers.GetValues("x-query")));
        Assert.Equal("", Assert.Single(answer.Headers.GetValues("x-saw-key")));
    }

    [Fact]
    public async Task The_header_goes_before_the_query_which_is_taken_out_all_the_same()
    {
        using var answer = await fixture.Gateway.SendAsync("GET", "/api/v1/iot/stream?key=wrong", until: HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal("", Assert.Single(answer.Headers.GetValues("x-query")));
    }

    [Theory]
    [InlineData("GET", "/api/v1/iot/stream?key=nobody-has-this-one", "auth.invalid_key")]
    [InlineData("GET", "/api/v1/iot/stream?key=user-secret-key-456&key=user-secret-key-456", "auth.invalid_key")]
    [InlineData("GET", "/api/v1/iot/stream", "auth.missing")]
    [InlineData("GET", "/api/v1/locations?key=user-secret-key-456", "auth.missing")]
    [InlineData("POST", "/api/v1/iot/stream?key=user-secret-key-456", "auth.missing")]
    [InlineData("GET", "/api/v1/iot/stream/more?key=user-secret-key-456", "auth.missing")]
    public async Task No_other_route_or_method_takes_a_key_from_the_query(string method, string path, string code)
    {
        using var answer = await fixture.Gateway.SendAsync(method, path, key: null);

        await Answers.IsProblemAsync(answer, 401, code);
    }
}
