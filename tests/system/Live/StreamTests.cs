using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Live;

/// <summary>The stream of wire.md, read as a browser reads it; its cuts are the short form of ./dev faults R17.</summary>
public sealed class StreamTests(RunningPlatform running)
{
    private readonly TestPlatform _platform = running.Platform;

    [Theory]
    [InlineData("?key=" + Demo.UserKey, null)]
    [InlineData("?key=" + Demo.AdminKey + "&events=alert", null)]
    [InlineData("?events=alert", Demo.UserKey)]
    public async Task The_key_may_stand_in_the_query_or_in_the_header_and_the_first_byte_comes_at_once(string query, string? header)
    {
        using var client = new ApiClient(_platform.Platform.Gateway, header);
        using var request = client.Request(HttpMethod.Get, $"/api/v1/iot/stream{query}");
        var watch = Stopwatch.StartNew();
        using var response = await client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var first = new byte[1];
        await body.ReadExactlyAsync(first, TestContext.Current.CancellationToken);
        watch.Stop();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.True(response.Headers.CacheControl?.NoCache);
        Assert.Equal("no", Assert.Single(response.Headers.GetValues("X-Accel-Buffering")));
        // Long before the first ping.
        Assert.InRange(watch.ElapsedMilliseconds, 0, 15_000);
    }

    [Fact]
    public async Task The_newest_sample_of_each_space_comes_first_and_then_what_happens()
    {
        var space = await _platform.NewMetSpaceAsync();
        var at = TimeProvider.System.GetUtcNow().AddMinutes(-5);
        await _platform.Devices.PublishAsync(space, Sample.Of(at, tempC: 24.1, co2: 930, occupancy: 4));
        await Eventually.ReadAsync(() => _platform.Devices.SamplesAsync(space), count => count == 1, "the sample is stored");

        await using var all = await LiveStream.OpenAsync(_platform.User);
        var state = await all.WaitForAsync("telemetry", data => data.Id("spaceId") == space.Id, "the space's state");
        state.Data.At("payload").HasMembers("ts", "temp_c", "humidity_pct", "co2_ppm", "occupancy", "power_w", "outOfHours");
        Assert.Equal((24.1, 930, 4), (state.Data.At("payload").Number("temp_c"), state.Data.At("payload").Whole("co2_ppm"), state.Data.At("payload").Whole("occupancy")));
        Assert.Equal(Sample.Time(at), state.Data.Text("ts"));
        Assert.True(state.Data.At("payload").IsNull("power_w"));
        Assert.Null(state.Id);

        foreach (var demo in new[] { Demo.SalaAzul, Demo.Verde, Demo.Cabina, Demo.SalaPrincipal })
        {
            await all.WaitForAsync("telemetry", data => data.Id("spaceId") == demo, "every space's state");
        }

        await _platform.Devices.PublishAsync(space, Sample.Of(at.AddSeconds(10), tempC: 24.2));
        await all.WaitForAsync("telemetry", data => data.Text("ts") == Sample.Time(at.AddSeconds(10)), "the next sample");
        // An older one is no news.
        await _platform.Devices.PublishAsync(space, Sample.Of(at.AddSeconds(-10), tempC: 1), Sample.Of(at.AddSeconds(20), tempC: 24.3));
        await all.WaitForAsync("telemetry", data => data.Text("ts") == Sample.Time(at.AddSeconds(20)), "the one after");
        // Other tests speak on this stream too: alerts, which have no payload, and samples of their own spaces.
        var samples = all.Seen.Where(seen => seen.Name == "telemetry" && seen.Data.Id("spaceId") == space.Id).ToList();
        Assert.True(samples.Count >= 3);
        Assert.DoesNotContain(samples, seen => seen.Data.At("payload").Number("temp_c") == 1);
    }

    [Fact]
    public async Task After_a_cut_everything_missed_comes_once_and_in_order()
    {
        var space = await KnownSpaceAsync();
        var query = $"?spaceId={space.Id}&events=twin_update&key={Demo.UserKey}";
        string lastId;

        await using (var first = await LiveStream.OpenAsync(_platform.Nobody, query))
        {
            await WishAsync(space, 11, 12);
            lastId = (await first.WaitForAsync("twin_update", data => data.At("payload").Whole("samplingIntervalSec") == 12, "the second wish")).Id!;
        }

        await WishAsync(space, 13, 14, 15);
        await using var second = await LiveStream.OpenAsync(_platform.Nobody, query, lastId);
        await second.WaitForAsync("twin_update", data => data.At("payload").Whole("samplingIntervalSec") == 15, "what was missed");
        await WishAsync(space, 16);
        await second.WaitForAsync("twin_update", data => data.At("payload").Whole("samplingIntervalSec") == 16, "what happens now");

        Assert.Equal([13, 14, 15, 16], second.Seen.Select(seen => seen.Data.At("payload").Whole("samplingIntervalSec")));
        var ids = second.Seen.Select(seen => Number(seen.Id)).ToList();
        Assert.Equal(ids.Order().Distinct(), ids);
        Assert.True(ids[0] > Number(lastId));

        static long Number(string? id) => long.Parse(id!, CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Cuts_at_any_moment_of_a_busy_time_lose_nothing_and_repeat_nothing()
    {
        var space = await KnownSpaceAsync();
        var query = $"?spaceId={space.Id}&events=twin_update";
        var wishes = Enumerable.Range(1, 60).ToArray();
        var seen = new List<int>();
        var stream = await LiveStream.OpenAsync(_platform.User, query);
        var wishing = WishAsync(space, wishes);
        string? lastId = null;

        try
        {
            for (var cut = 1; cut <= 6; cut++)
            {
                var until = cut * 10;
                await stream.WaitForAsync("twin_update", data => data.At("payload").Whole("samplingIntervalSec") >= until, $"wish {until}");
                await stream.DisposeAsync();
                seen.AddRange(stream.Seen.Select(each => each.Data.At("payload").Whole("samplingIntervalSec")));
                lastId = stream.LastId ?? lastId;
                stream = await LiveStream.OpenAsync(_platform.User, query, lastId);
            }
        }
        finally
        {
            await wishing;
            await stream.DisposeAsync();
        }

        Assert.Equal(wishes, seen);
    }

    [Fact]
    public async Task An_id_that_the_log_does_not_reach_gets_one_resync_and_a_word_that_is_no_id_400()
    {
        await using var stream = await LiveStream.OpenAsync(_platform.User, "?events=twin_update", lastEventId: "987654321987");
        await stream.WaitForAsync("resync", _ => true, "a resync");
        Assert.Single(stream.Seen, seen => seen.Name == "resync");
        (await _platform.User.SendAsync(HttpMethod.Get, "/api/v1/iot/stream", null, ("Last-Event-ID", "yesterday"))).ExpectProblem(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Filters_let_through_what_they_say()
    {
        var (mine, other) = (await KnownSpaceAsync(), await KnownSpaceAsync());
        await using var bySpace = await LiveStream.OpenAsync(_platform.User, $"?spaceId={mine.Id}");
        await using var byLocation = await LiveStream.OpenAsync(_platform.User, $"?locationId={mine.LocationId}");
        await using var byEvent = await LiveStream.OpenAsync(_platform.User, "?events=alert,telemetry");
        await using var everything = await LiveStream.OpenAsync(_platform.User);

        await WishAsync(other, 21);
        await WishAsync(mine, 22);
        await everything.WaitForAsync("twin_update", data => data.Id("spaceId") == other.Id, "the other space's wish");

        foreach (var stream in new[] { bySpace, byLocation })
        {
            await stream.WaitForAsync("twin_update", data => data.Id("spaceId") == mine.Id, "the wish");
            Assert.All(stream.Seen, seen => Assert.Equal(mine.Id, seen.Data.Id("spaceId")));
        }

        Assert.DoesNotContain(byEvent.Seen, seen => seen.Name == "twin_update");
        (await _platform.User.GetAsync("/api/v1/iot/stream?spaceId=here")).ExpectProblem(HttpStatusCode.BadRequest, "spaceId");
        (await _platform.User.GetAsync("/api/v1/iot/stream?events=noise")).ExpectProblem(HttpStatusCode.BadRequest, "events");
    }

    [Fact]
    public async Task An_idle_stream_is_kept_alive_by_a_comment()
    {
        using var request = _platform.User.Request(HttpMethod.Get, $"/api/v1/iot/stream?spaceId={Guid.CreateVersion7()}");
        using var response = await _platform.User.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        using var reader = new StreamReader(body, Encoding.UTF8);
        var lines = new List<string?>();

        while (!lines.Contains(": ping"))
        {
            lines.Add(await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(90), TestContext.Current.CancellationToken));
        }

        Assert.DoesNotContain(lines, line => line?.StartsWith("data", StringComparison.Ordinal) == true);
    }

    private async Task WishAsync(TestSpace space, params int[] seconds)
    {
        foreach (var samplingIntervalSec in seconds)
        {
            (await _platform.Admin.PatchAsync($"{space.Iot}/desired", new { samplingIntervalSec })).Expect(HttpStatusCode.OK);
        }
    }

    private async Task<TestSpace> KnownSpaceAsync()
    {
        var space = await _platform.NewSpaceAsync();
        await Eventually.HoldsAsync(() => _platform.User.ServesAsync($"{space.Iot}/twin"), "iot-ingest has heard of the space");
        return space;
    }
}
