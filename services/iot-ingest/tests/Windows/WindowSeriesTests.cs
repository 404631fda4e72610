using Coworking.Hosting.Leases;
using Coworking.Hosting.Postgres;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Rollups;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Tests.Running;
using Coworking.IotIngest.Windows;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coworking.IotIngest.Tests.Windows;

public sealed class WindowSeriesTests(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    private static readonly DateTimeOffset Start = new(2025, 5, 5, 10, 0, 0, TimeSpan.Zero);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, "1m", 1)]
    [InlineData(2, "5m", 1)]
    [InlineData(3, "5m", 1)]
    [InlineData(4, "30m", 30)]
    public async Task What_is_kept_of_hours_says_the_same_as_their_windows(int seed, string bucket, int intervalMinutes)
    {
        var random = new Random(seed);
        var space = await fixture.AddSpaceAsync();
        await fixture.Platform.ExecuteAsync("select ensure_partitions($1, $1)", DateOnly.FromDateTime(Start.UtcDateTime));
        await using var store = fixture.OpenStore();
        await store.StoreAsync(Some(space, random, 1500));
        await fixture.Platform.ExecuteAsync(
            "update windows set sampling_interval_sec = 1 + abs(hashint8(extract(epoch from date_bin(make_interval(mins => $2), window_start, timestamptz 'epoch'))::bigint) % 60) where space_key = $1",
            space.Key, intervalMinutes);
        using var keeper = new RollupKeeper(
            fixture.Platform.Database, new LeaseStore(fixture.Platform.Database, new ServiceSchema("iot")), TimeProvider.System, NullLogger<RollupKeeper>.Instance);
        await keeper.RunOnceAsync(Ended);
        await CompareAsync(space, bucket, random);
        Assert.Equal(0, await fixture.Platform.ScalarAsync<long>(
            "select count(*) from hours h left join five_minutes f using (space_key, hour, sample_count) where h.space_key = $1 and f.hour is null", space.Key));

        // Hours that got late samples, that somebody else made again, and that nobody packed.
        await store.StoreAsync(Some(space, random, 40));
        await fixture.Platform.ExecuteAsync("update five_minutes set sample_count = sample_count - 1, pieces = '' where space_key = $1 and extract(hour from hour)::int % 5 = 1", space.Key);
        await fixture.Platform.ExecuteAsync("delete from five_minutes where space_key = $1 and extract(hour from hour)::int % 5 = 3", space.Key);
        await CompareAsync(space, bucket, random);
    }

    private async Task CompareAsync(Space space, string bucket, Random random)
    {
        var length = TelemetryBucket.Of(bucket).Length!.Value;
        await using var connection = await fixture.Platform.Database.OpenConnectionAsync(Ended);
        var plain = await WindowsAsync(space);

        foreach (var finalUntil in new[] { Start.AddDays(2), Start.AddHours(7), Start.AddHours(-3) })
        {
            var from = Start + (random.Next(-3, (int)(TimeSpan.FromHours(2) / length)) * length);
            DateTimeOffset[] starts = [.. Enumerable.Range(0, random.Next(2, (int)(TimeSpan.FromHours(12) / length))).Select(n => from + (n * length))];
            var now = starts[^1] - (length / 3);
            var known = new SeriesSpace(space.Key, space.Id, "Sala", "UTC", finalUntil);
            var series = await TelemetrySeries.ReadAsync(connection, known, starts, TelemetryBucket.Of(bucket), firstDay: null, now, Ended);
            var expected = PlainSeries.Of(plain, starts, now);
            Assert.Equal(expected.Keys.Order(), series.Keys.Order());

            foreach (var (number, one) in expected)
            {
                Assert.Equal(one.SampleCount, series[number].SampleCount);
                Assert.Equal(one.Metrics, series[number].Metrics);
                // What is expected is kept in millionths.
                Assert.Equal(one.Coverage, series[number].Coverage, 0.00011);
            }
        }
    }

    private Task<List<PlainSeries.Window>> WindowsAsync(Space space) => fixture.Platform.ListAsync(
        $"select window_start, sample_count, sampling_interval_sec, {RollupSql.MetricColumns} from windows where space_key = $1 order by window_start",
        reader => new PlainSeries.Window(
            reader.GetFieldValue<DateTimeOffset>(0), reader.GetInt32(1), reader.GetInt32(2),
            [.. Enumerable.Range(0, Metric.Count).Select(metric => reader.GetInt32(4 + (4 * metric)) is > 0 and var count
                ? new MetricSummary(Metric.All[metric], reader.GetInt64(3 + (4 * metric)), count, reader.GetInt32(5 + (4 * metric)), reader.GetInt32(6 + (4 * metric)))
                : null)]),
        space.Key);

    /// <summary>Twelve hours, some of them empty, many minutes too.</summary>
    private static IEnumerable<Reading> Some(Space space, Random random, int count) => Enumerable.Range(0, count).Select(_ => Store.Sample(
        space, Start.AddHours(random.Next(12) / 5 * 5).AddHours(random.Next(3)).AddSeconds(random.Next(3600)),
        co2: random.Next(4) == 0 ? random.Next(400_000, 2_000_000) : null, occupancy: random.Next(3) == 0 ? random.Next(5) : null, temp: random.Next(-5_000, 30_000)));
}

/// <summary>Buckets merged of minute windows alone, one after the other: how it was computed before anything was kept of an hour.</summary>
internal static class PlainSeries
{
    internal sealed record Window(DateTimeOffset At, int Samples, int IntervalSec, MetricSummary?[] Metrics);

    internal static Dictionary<int, SeriesBucket> Of(IReadOnlyList<Window> windows, DateTimeOffset[] starts, DateTimeOffset now)
    {
        var buckets = new Dictionary<int, SeriesBucket>();

        for (var n = 0; n < starts.Length - 1; n++)
        {
            var pieces = windows.Where(window => window.At >= starts[n] && window.At < starts[n + 1]).ToList();

            if (pieces.Count == 0)
            {
                continue;
            }

            var (expected, end, interval) = (0d, starts[n], pieces[0].IntervalSec);

            foreach (var piece in pieces)
            {
                expected += ((piece.At - end).TotalSeconds / interval) + (60d / piece.IntervalSec);
                (end, interval) = (piece.At.AddMinutes(1), piece.IntervalSec);
            }

            var until = now < starts[n + 1] ? now : starts[n + 1];
            expected += (until - end).TotalSeconds / interval;
            buckets.Add(n, SeriesBucket.Of(
                pieces.Sum(piece => piece.Samples), expected,
                [.. Enumerable.Range(0, Metric.Count).Select(metric => pieces.Select(piece => piece.Metrics[metric]).Aggregate(MetricSummary.Merge))]));
        }

        return buckets;
    }
}
