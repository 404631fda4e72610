using System.Net;
using System.Runtime.CompilerServices;
using Coworking.Local;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Kills;

/// <summary>kill -9 of iot-ingest while devices publish: nothing lost, nothing counted twice (reliability.md R1; fifty times: ./dev faults R1).</summary>
[Collection(nameof(MortalPlatform))]
public sealed class IngestKillTests(MortalPlatform mortal)
{
    private const int Kills = 3;
    private const int SamplesPerSecond = 400;
    // In samples, ten a second by the device's clock: six minutes of bad air, which is an alert, and four of good air, which ends it.
    private const int Cycle = 6000;
    private const int Breaching = 3600;
    private const int OpensAt = 3000;

    private readonly TestPlatform _platform = mortal.Platform;
    private readonly DateTimeOffset _start = TimeProvider.System.GetUtcNow().AddHours(-4);
    private int _published;

    [Fact]
    public async Task Three_kills_in_the_middle_of_a_publish_run_lose_nothing_and_count_nothing_twice()
    {
        var space = await _platform.NewMetSpaceAsync();
        await using var bus = await _platform.ListenAsync("alert-opened", "alert-resolved");
        using var done = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var publishing = _platform.Devices.PublishAsync(space.Topic("telemetry"), SteadilyAsync(done.Token));

        try
        {
            for (var kill = 0; kill < Kills; kill++)
            {
                // In the middle of work: more has been stored since the last kill.
                var before = await _platform.Devices.SamplesAsync(space);
                await Eventually.ReadAsync(() => _platform.Devices.SamplesAsync(space), count => count > before + 500, "samples are being stored");
                _platform.Platform.IotIngestProcess.Kill();
                await _platform.Platform.RestartAsync(PlatformService.IotIngest, TestContext.Current.CancellationToken);
                await Eventually.HoldsAsync(() => _platform.User.ServesAsync($"{space.Iot}/twin"), "the gateway serves iot-ingest again");
            }

            await Eventually.ReadAsync(() => Task.FromResult(Volatile.Read(ref _published)), count => count >= Cycle, "a whole cycle of breaches is published");
        }
        finally
        {
            await done.CancelAsync();
            await publishing;
        }

        Assert.InRange(_published, Cycle, 12 * 10_000);
        await Eventually.ReadAsync(() => _platform.Devices.SamplesAsync(space), count => count >= _published, $"{_published} samples are stored");
        // A last one: whatever could still come twice lies before it.
        var marker = _start.AddHours(3.5);
        await _platform.Devices.PublishAsync(space, Sample.Of(marker, co2: 400));
        await Eventually.ReadAsync(() => _platform.Devices.SamplesAsync(space), count => count > _published, "the marker is stored");
        Assert.Equal(_published + 1, await _platform.Devices.SamplesAsync(space));
        await AlertsExistOnceAsync(space, bus);
    }

    private string SampleOf(int sample) => Sample.Of(At(sample), co2: sample % Cycle < Breaching ? 1200 : 800);

    private DateTimeOffset At(int sample) => _start.AddMilliseconds(100.0 * sample);

    [Fact]
    public async Task A_backlog_of_many_windows_that_gathered_while_it_was_dead_is_taken_whole_and_in_order()
    {
        const int Backlog = 3 * Cycle;
        var space = await _platform.NewMetSpaceAsync();
        _platform.Platform.IotIngestProcess.Kill();
        await _platform.Devices.PublishAsync(space.Topic("telemetry"), Enumerable.Range(0, Backlog).Select(SampleOf));
        await _platform.Platform.RestartAsync(PlatformService.IotIngest, TestContext.Current.CancellationToken);

        await Eventually.ReadAsync(() => _platform.Devices.SamplesAsync(space), count => count >= Backlog, $"{Backlog} samples are stored");
        Assert.Equal(Backlog, await _platform.Devices.SamplesAsync(space));
        // In order, or a stretch of bad air would have been judged in pieces.
        Assert.Equal(3, (await _platform.AlertsAsync(space, "?limit=200")).Count);
    }

    private async Task AlertsExistOnceAsync(TestSpace space, BusListener bus)
    {
        var expected = Enumerable.Range(0, (_published / Cycle) + 1).Where(cycle => (cycle * Cycle) + OpensAt < _published)
            .Select(cycle => At((cycle * Cycle) + OpensAt).ToUnixTimeMilliseconds()).ToList();
        var alerts = (await _platform.User.GetAsync($"{space.Iot}/alerts?limit=200")).Expect(HttpStatusCode.OK).Rows();
        Assert.NotEmpty(expected);
        Assert.Equal(expected, alerts.Select(alert => alert.Instant("startedAt").ToUnixTimeMilliseconds()).Order());
        Assert.All(alerts, alert => Assert.Equal("CO2", alert.Text("kind")));

        foreach (var alert in alerts)
        {
            await bus.WaitForAsync(heard => heard.Exchange == "coworking:alert-opened" && heard.Body.At("alert").Id() == alert.Id(), $"AlertOpened {alert.Id()}");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{_published} samples published over {Kills} kills, {alerts.Count} alerts");
        Assert.Equal(alerts.Count, bus.Heard.Count(heard => heard.Exchange == "coworking:alert-opened" && heard.Body.At("alert").Id("spaceId") == space.Id));
    }

    /// <summary>Samples at a steady rate until told to stop.</summary>
    private async IAsyncEnumerable<string> SteadilyAsync(CancellationToken done, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));

        while (!done.IsCancellationRequested && await tick.WaitForNextTickAsync(cancellationToken))
        {
            for (var i = 0; i < SamplesPerSecond / 50; i++, _published++)
            {
                yield return SampleOf(_published);
            }
        }
    }

    [Fact]
    public async Task A_stream_that_reconnects_to_a_service_that_died_catches_up()
    {
        var space = await _platform.NewMetSpaceAsync();
        var query = $"?spaceId={space.Id}&events=twin_update";
        await using var first = await LiveStream.OpenAsync(_platform.User, query);
        await WishAsync(space, 41);
        var lastId = (await first.WaitForAsync("twin_update", _ => true, "a first event")).Id;
        await WishAsync(space, 42, 43);

        _platform.Platform.IotIngestProcess.Kill();
        await Eventually.HoldsAsync(() => Task.FromResult(first.HasEnded), "the stream ends with its service");
        var missed = first.LastId;
        var restarting = _platform.Platform.RestartAsync(PlatformService.IotIngest, TestContext.Current.CancellationToken);
        LiveStream? second = null;
        // As an EventSource does: again and again, and so in the very moment in which the service opens its door.
        await Eventually.HoldsAsync(async () => (second = await LiveStream.TryOpenAsync(_platform.User, query, lastId)) is not null, "the stream is served again");
        await restarting;

        await using (second)
        {
            await second!.WaitForAsync("twin_update", data => data.At("payload").Whole("samplingIntervalSec") == 43, "what was missed");
            await WishAsync(space, 44);
            await second.WaitForAsync("twin_update", data => data.At("payload").Whole("samplingIntervalSec") == 44, "what happens now");
            Assert.Equal([42, 43, 44], second.Seen.Select(seen => seen.Name == "twin_update" ? seen.Data.At("payload").Whole("samplingIntervalSec") : -1));
        }

        Assert.NotNull(missed);
    }

    private async Task WishAsync(TestSpace space, params int[] seconds)
    {
        foreach (var samplingIntervalSec in seconds)
        {
            (await _platform.Admin.PatchAsync($"{space.Iot}/desired", new { samplingIntervalSec })).Expect(HttpStatusCode.OK);
        }
    }
}
