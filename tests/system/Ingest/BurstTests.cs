using System.Net;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Ingest;

/// <summary>Samples in any order, some of them twice, and what the windows make of them (reliability.md R8; clocks that are wrong too: ./dev faults R8).</summary>
public sealed class BurstTests(RunningPlatform running)
{
    private const int Samples = 1000;

    private static readonly int[] MinutesAgo = [10, 50, 90, 600];

    private static readonly string[] Metrics = ["tempC", "humidityPct", "co2Ppm", "occupancy", "powerW"];

    private static readonly string[] MetricMembers = [.. Metrics.SelectMany(metric => new[] { metric + "Avg", metric + "Min", metric + "Max" })];

    private readonly TestPlatform _platform = running.Platform;

    [Fact]
    public async Task A_burst_of_1000_samples_shuffled_and_partly_sent_twice_is_counted_exactly()
    {
        var space = await _platform.NewMetSpaceAsync();
        var random = new Random(20251121);
        // Whole minutes, five hours ago: 25 windows of 40 samples each.
        var first = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().AddHours(-5).ToUnixTimeSeconds() / 60 * 60);
        var burst = Enumerable.Range(0, Samples).Select(i => (At: first.AddSeconds(1.5 * i), TempC: 20 + (i % 80 / 10.0), Co2: 400.0 + (i % 7), Occupancy: i % 3)).ToArray();
        var sent = burst.Concat(random.GetItems(burst, Samples * 3 / 10)).ToArray();
        random.Shuffle(sent);

        await _platform.Devices.PublishAsync(space.Topic("telemetry"), sent.Select(sample => Sample.Of(sample.At, sample.TempC, sample.Co2, sample.Occupancy)));
        await Eventually.ReadAsync(() => _platform.Devices.SamplesAsync(space), count => count >= Samples, "every sample is stored");
        var windows = await _platform.Devices.WindowsAsync(space);

        Assert.Equal(25, windows.Count);
        foreach (var (window, i) in windows.Select((window, i) => (window, i)))
        {
            var expected = burst.Where(sample => sample.At >= first.AddMinutes(i) && sample.At < first.AddMinutes(i + 1)).ToList();
            window.HasMembers("id", "spaceId", "windowStart", "windowEnd", "sampleCount");
            window.HasMembers(MetricMembers);
            Assert.Equal((space.Id, first.AddMinutes(i), first.AddMinutes(i + 1)), (window.Id("spaceId"), window.Instant("windowStart"), window.Instant("windowEnd")));
            Assert.Equal((40, 40), (window.Whole("sampleCount"), expected.Count));
            Assert.Equal(expected.Average(sample => sample.TempC), window.Number("tempCAvg"), 9);
            Assert.Equal(expected.Average(sample => sample.Co2), window.Number("co2PpmAvg"), 9);
            Assert.Equal(expected.Average(sample => sample.Occupancy), window.Number("occupancyAvg"), 9);
            Assert.Equal(expected.Min(sample => sample.TempC), window.Number("tempCMin"));
            Assert.Equal(expected.Max(sample => sample.Co2), window.Number("co2PpmMax"));
            Assert.True(window.IsNull("powerWAvg") && window.IsNull("humidityPctMin"));
        }
    }

    [Fact]
    public async Task The_span_of_telemetry_is_bounded_and_narrowed_by_minutes()
    {
        var space = await _platform.NewMetSpaceAsync();
        var now = TimeProvider.System.GetUtcNow();
        await _platform.Devices.PublishAsync(space, [.. MinutesAgo.Select(minutes => Sample.Of(now.AddMinutes(-minutes), tempC: 21))]);
        await Eventually.ReadAsync(() => _platform.Devices.SamplesAsync(space), count => count == 4, "the samples are stored");

        Assert.Equal(2, await CountAsync(""));
        Assert.Equal(2, await CountAsync("?minutes=60"));
        Assert.Equal(1, await CountAsync("?minutes=20"));
        Assert.Equal(4, await CountAsync("?minutes=1440"));

        foreach (var minutes in new[] { "0", "1441", "-1", "many", "1e3", "99999999999999999999" })
        {
            (await _platform.User.GetAsync($"{space.Iot}/telemetry?minutes={minutes}")).ExpectProblem(HttpStatusCode.BadRequest, "minutes");
        }

        async Task<int> CountAsync(string query) => (await _platform.User.GetAsync($"{space.Iot}/telemetry{query}")).Expect(HttpStatusCode.OK).Rows().Count;
    }
}
