using Coworking.Hosting.Leases;
using Coworking.Hosting.Postgres;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Rollups;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Tests.Running;
using Coworking.IotIngest.Windows;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Coworking.IotIngest.Tests.Rollups;

public sealed class RollupKeeperTests(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    // Days of 23, 23.5, 24.5 and 25 hours; a midnight that is skipped, one that comes twice; zones at half and at three quarters of an hour.
    [Theory]
    [InlineData("America/Mexico_City", "2025-06-10")]
    [InlineData("America/Santiago", "2025-09-07")]
    [InlineData("America/Santiago", "2025-04-05")]
    [InlineData("America/Havana", "2025-11-02")]
    [InlineData("Australia/Lord_Howe", "2025-04-06")]
    [InlineData("Australia/Lord_Howe", "2025-10-05")]
    [InlineData("Asia/Kathmandu", "2025-06-10")]
    [InlineData("Mars/Olympus", "2025-06-10")]
    public async Task Any_order_and_any_lateness_give_the_hours_and_local_days_of_a_plain_recomputation(string zone, string middle)
    {
        var random = new Random(20_261_122);
        var space = await AddSpaceAsync(zone);
        var start = new DateTimeOffset(DateOnly.Parse(middle, System.Globalization.CultureInfo.InvariantCulture).ToDateTime(default), TimeSpan.Zero).AddHours(-30);
        var readings = Enumerable.Range(0, 800).Select(_ => Any(space, start, random)).DistinctBy(reading => (reading.At, reading.Digest)).ToArray();
        random.Shuffle(readings);
        await EnsureAsync(start, start.AddHours(62));
        await using var store = fixture.OpenStore();
        using var keeper = Keeper();

        for (var at = 0; at < readings.Length;)
        {
            var size = random.Next(1, 200);
            await store.StoreAsync(readings.Skip(at).Take(size));
            at += size;

            if (random.Next(2) == 0)
            {
                await keeper.RunOnceAsync(Ended);
            }
        }

        await keeper.RunOnceAsync(Ended);
        var local = zone == "Mars/Olympus" ? TimeZoneInfo.Utc : TimeZoneInfo.FindSystemTimeZoneById(zone);
        Assert.Equal(
            Recomputation.Of(readings, at => $"{at.UtcDateTime:yyyy-MM-dd HH}"),
            await Recomputation.RowsAsync(fixture.Platform, "hours", "to_char(hour at time zone 'UTC', 'YYYY-MM-DD HH24')", space));
        Assert.Equal(
            Recomputation.Of(readings, at => Recomputation.Day(at, local)),
            await Recomputation.RowsAsync(fixture.Platform, "days", "to_char(day, 'YYYY-MM-DD')", space));
        Assert.Equal(0, await MarksAsync(space));
    }

    [Fact]
    public async Task Hours_and_days_that_end_are_made_without_any_mark()
    {
        var random = new Random(7);
        var space = await AddSpaceAsync("Asia/Kolkata");
        var now = TimeProvider.System.GetUtcNow();
        var start = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero).AddHours(-60);
        var readings = Enumerable.Range(0, 500).Select(_ => Any(space, start, random)).DistinctBy(reading => (reading.At, reading.Digest)).ToArray();
        await using var store = fixture.OpenStore();
        await store.StoreAsync(readings);
        await fixture.Platform.ExecuteAsync("delete from rollup_dirty");
        await fixture.Platform.ExecuteAsync("update rollup_watermark set hours_until = $1", start);
        using var keeper = Keeper();
        await keeper.RunOnceAsync(Ended);

        var until = await WatermarkAsync();
        Assert.InRange(now - until, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(71));
        var kolkata = TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata");
        Assert.Equal(
            Recomputation.Of(readings.Where(reading => Micros.ToInstant(reading.At) < until), at => $"{at.UtcDateTime:yyyy-MM-dd HH}"),
            await Recomputation.RowsAsync(fixture.Platform, "hours", "to_char(hour at time zone 'UTC', 'YYYY-MM-DD HH24')", space));
        // The days that had begun before the first hour, and those that ended by the last.
        var today = Recomputation.Day(until, kolkata);
        Assert.Equal(
            Recomputation.Of(readings, at => Recomputation.Day(at, kolkata)).Where(day => string.CompareOrdinal(day[..10], today) < 0),
            await Recomputation.RowsAsync(fixture.Platform, "days", "to_char(day, 'YYYY-MM-DD')", space));
    }

    [Fact]
    public async Task A_late_batch_that_races_with_the_job_is_not_lost()
    {
        var space = await AddSpaceAsync("UTC");
        var hour = new DateTimeOffset(2025, 5, 5, 10, 0, 0, TimeSpan.Zero);
        using var keeper = Keeper();

        // Against no mark yet, then against one that is there: both are locked by the batch that is still open.
        for (var round = 0; round < 2; round++)
        {
            await using var connection = await fixture.Platform.Database.OpenConnectionAsync(Ended);
            await EnsureAsync(hour, hour);

            if (round == 1)
            {
                await fixture.Platform.ExecuteAsync("insert into rollup_dirty (space_key, hour) values ($1, $2)", space.Key, hour);
            }

            await using var transaction = await connection.BeginTransactionAsync(Ended);
            await using var late = new NpgsqlBatch(connection) { BatchCommands = { new WindowWriter().Command([Store.Sample(space, hour.AddMinutes(round), temp: 20_000)], fixture.Spaces)! } };
            await late.ExecuteNonQueryAsync(Ended);
            await keeper.RunOnceAsync(Ended);
            await transaction.CommitAsync(Ended);
            Assert.Equal(1, await MarksAsync(space));
            await keeper.RunOnceAsync(Ended);
            Assert.Equal(round + 1, await fixture.Platform.ScalarAsync<int>("select sample_count from hours where space_key = $1", space.Key));
            Assert.Equal(round + 1, await fixture.Platform.ScalarAsync<int>("select sample_count from days where space_key = $1", space.Key));
            Assert.Equal(0, await MarksAsync(space));
        }
    }

    [Fact]
    public async Task While_batches_store_and_the_job_runs_nothing_is_lost_and_nobody_deadlocks()
    {
        var random = new Random(11);
        var spaces = new[] { await AddSpaceAsync("UTC"), await AddSpaceAsync("Asia/Kathmandu"), await AddSpaceAsync("America/Santiago") };
        var start = new DateTimeOffset(2025, 9, 5, 0, 0, 0, TimeSpan.Zero);
        var readings = Enumerable.Range(0, 1500).Select(i => Any(spaces[i % 3], start, random)).DistinctBy(reading => (reading.SpaceKey, reading.At, reading.Digest)).ToArray();
        await EnsureAsync(start, start.AddHours(62));
        using var keeper = Keeper();
        var storing = Task.WhenAll(readings.Chunk(750).Select(async half =>
        {
            await using var store = fixture.OpenStore();

            foreach (var batch in half.Chunk(30))
            {
                await store.StoreAsync(batch);
            }
        }));

        while (!storing.IsCompleted)
        {
            await keeper.RunOnceAsync(Ended);
        }

        await storing;
        await keeper.RunOnceAsync(Ended);

        foreach (var space in spaces)
        {
            Assert.Equal(readings.Count(reading => reading.SpaceKey == space.Key), await fixture.Platform.ScalarAsync<long>("select sum(sample_count) from hours where space_key = $1", space.Key));
            Assert.Equal(readings.Count(reading => reading.SpaceKey == space.Key), await fixture.Platform.ScalarAsync<long>("select sum(sample_count) from days where space_key = $1", space.Key));
        }
    }

    [Fact]
    public async Task An_hour_waits_for_a_batch_that_hangs()
    {
        await fixture.Platform.ExecuteAsync("update rollup_watermark set hours_until = date_bin('1 hour', now() - interval '3 hours', timestamptz 'epoch')");
        var before = await WatermarkAsync();
        using var keeper = Keeper(TimeSpan.Zero);

        await using (var batch = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(fixture.Platform.ConnectionString) { ApplicationName = "coworking-iot-ingest-hot", Pooling = false }.ConnectionString))
        {
            await batch.OpenAsync(Ended);
            await using var transaction = await batch.BeginTransactionAsync(Ended);
            await using var command = new NpgsqlCommand("select 1", batch);
            await command.ExecuteScalarAsync(Ended);
            await keeper.RunOnceAsync(Ended);
            Assert.Equal(before, await WatermarkAsync());
        }

        await Local.Wait.UntilAsync(
            async () =>
            {
                await keeper.RunOnceAsync(Ended);
                return await WatermarkAsync() > before;
            },
            TestPlatform.Limit, "the hour is made", Ended);
    }

    [Fact]
    public async Task Only_samples_of_hours_that_have_ended_leave_a_mark_and_thousands_are_counted_in_one_go()
    {
        var (live, late) = (await AddSpaceAsync("UTC"), await AddSpaceAsync("UTC"));
        var now = TimeProvider.System.GetUtcNow();
        await using var store = fixture.OpenStore();
        await store.StoreAsync([Store.Sample(live, now, temp: 1), .. Enumerable.Range(2, 650).Select(hour => Store.Sample(late, now.AddHours(-hour), temp: hour))]);
        Assert.Equal(0, await MarksAsync(live));
        Assert.Equal(650, await MarksAsync(late));
        using var keeper = Keeper();
        await keeper.RunOnceAsync(Ended);
        Assert.Equal(0, await MarksAsync(late));
        var until = await WatermarkAsync();
        Assert.Equal(Enumerable.Range(2, 650).Count(hour => now.AddHours(-hour) < until), await fixture.Platform.ScalarAsync<long>("select count(*) from hours where space_key = $1", late.Key));
    }

    [Fact]
    public async Task What_was_expected_follows_the_interval_in_force_and_a_silence_counts()
    {
        var space = await AddSpaceAsync("UTC");
        var hour = new DateTimeOffset(2025, 5, 5, 10, 0, 0, TimeSpan.Zero);
        await EnsureAsync(hour, hour);
        await using var store = fixture.OpenStore();
        await store.StoreAsync([Store.Sample(space, hour.AddMinutes(10), temp: 1), Store.Sample(space, hour.AddMinutes(30), temp: 1)]);
        await fixture.Platform.ExecuteAsync("update windows set sampling_interval_sec = 60 where space_key = $1 and window_start = $2", space.Key, hour.AddMinutes(30));
        using var keeper = Keeper();
        await keeper.RunOnceAsync(Ended);
        // 30 minutes at 10 s, 30 minutes at 60 s; the rest of the day at 60 s.
        Assert.Equal(210_000_000, await fixture.Platform.ScalarAsync<long>("select expected_millionths from hours where space_key = $1", space.Key));
        Assert.Equal(60, await fixture.Platform.ScalarAsync<int>("select sampling_interval_sec from hours where space_key = $1", space.Key));
        Assert.Equal(210_000_000 + (23L * 60 * 1_000_000), await fixture.Platform.ScalarAsync<long>("select expected_millionths from days where space_key = $1", space.Key));
    }

    private RollupKeeper Keeper(TimeSpan? patience = null) => new(
        fixture.Platform.Database, new LeaseStore(fixture.Platform.Database, new ServiceSchema("iot")), TimeProvider.System, NullLogger<RollupKeeper>.Instance)
    {
        PatienceWithBatches = patience ?? TimeSpan.FromMinutes(4),
    };

    private async Task<Space> AddSpaceAsync(string zone)
    {
        var space = await fixture.AddSpaceAsync();
        await fixture.Platform.ExecuteAsync("update spaces set timezone = $2 where id = $1", space.Id, zone);
        return space;
    }

    private Task EnsureAsync(DateTimeOffset first, DateTimeOffset last) =>
        fixture.Platform.ExecuteAsync("select ensure_partitions($1, $2)", DateOnly.FromDateTime(first.UtcDateTime), DateOnly.FromDateTime(last.UtcDateTime));

    private Task<DateTimeOffset> WatermarkAsync() => fixture.Platform.ScalarAsync<DateTimeOffset>("select hours_until from rollup_watermark");

    private Task<long> MarksAsync(Space space) => fixture.Platform.ScalarAsync<long>("select count(*) from rollup_dirty where space_key = $1", space.Key);

    /// <summary>Sixty hours of samples, often several in a minute, and often none for hours.</summary>
    private static Reading Any(Space space, DateTimeOffset start, Random random)
    {
        var at = start.AddHours(random.Next(60) / 7 * 7).AddSeconds(random.Next(3600));
        return Store.Sample(space, at, co2: random.Next(3) == 0 ? null : random.Next(400_000, 2_000_000), occupancy: random.Next(3), temp: random.Next(2) == 0 ? null : random.Next(-5_000, 30_000));
    }
}
