using System.Globalization;
using System.Net;
using System.Text.Json;
using Coworking.IotIngest.Rollups;
using Coworking.IotIngest.Tests.Running;
using Coworking.IotIngest.Windows;

namespace Coworking.IotIngest.Tests.Windows;

public sealed class TelemetrySeriesTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    [Theory]
    [InlineData("24h", "5m", 288)]
    [InlineData("7d", "30m", 336)]
    [InlineData("30d", "2h", 360)]
    public async Task A_range_answers_in_its_buckets_up_to_now(string range, string bucket, int buckets)
    {
        var room = await fixture.AddRoomAsync();
        await room.SendSeriesAsync(room.Start, 12, 10, "\"temp_c\":20,\"occupancy\":2");
        await room.StoredAsync(12);
        // Half an hour ago may be an hour that is final already.
        await CountAsync();
        var series = await fixture.Service.GetAsync($"/api/v1/iot/spaces/{room.Id}/telemetry?range={range}");
        Assert.Equal(bucket, series.GetProperty("bucket").GetString());
        var data = series.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(buckets, data.Count);
        Assert.Equal(12, data.Sum(row => row.GetProperty("sampleCount").GetInt32()));
        Assert.InRange(Now - data[^1].GetProperty("at").GetDateTimeOffset(), TimeSpan.Zero, TimeSpan.FromHours(2) + TestPlatform.Limit);
        Assert.Equal("""{"min":20,"max":20,"avg":20,"count":12}""", series.GetProperty("stats").GetProperty("tempC").GetRawText());
        Assert.False(series.GetProperty("stats").TryGetProperty("co2Ppm", out _));
        var empty = data.First(row => row.GetProperty("sampleCount").GetInt32() == 0);
        Assert.Equal(["at", "sampleCount", "coverage"], empty.EnumerateObject().Select(member => member.Name));
        Assert.Equal(0, empty.GetProperty("coverage").GetDouble());
    }

    [Fact]
    public async Task Averages_are_weighted_by_samples_and_coverage_is_what_came_of_what_was_expected()
    {
        var room = await fixture.AddRoomAsync();
        var hour = Hour(Now).AddHours(-3);
        // A minute of six samples, a minute of two, a gap, and half an hour that is whole.
        await room.SendSeriesAsync(hour, 6, 10, "\"temp_c\":10");
        await room.SendSeriesAsync(hour.AddMinutes(1), 2, 10, "\"temp_c\":30");
        await room.SendSeriesAsync(hour.AddMinutes(30), 180, 10, "\"temp_c\":20");
        await room.StoredAsync(188);
        await CountAsync();
        var rows = await DataAsync(room, hour, hour.AddHours(1), "30m");
        Assert.Equal([8, 180], rows.Select(row => row.GetProperty("sampleCount").GetInt32()));
        Assert.Equal("""{"avg":15,"min":10,"max":30}""", rows[0].GetProperty("tempC").GetRawText());
        Assert.Equal([Math.Round(8 / 180d, 4), 1], rows.Select(row => row.GetProperty("coverage").GetDouble()));
        var whole = Assert.Single(await DataAsync(room, hour, hour.AddHours(1), "1h"));
        Assert.Equal(Math.Round(188 / 360d, 4), whole.GetProperty("coverage").GetDouble());
        Assert.Equal((60 + 60 + 3600) / 188d, whole.GetProperty("tempC").GetProperty("avg").GetDouble(), 9);
    }

    [Fact]
    public async Task From_and_to_take_any_offset_and_are_rounded_to_whole_buckets()
    {
        var room = await fixture.AddRoomAsync();
        await WindowRows.FillAsync(fixture.Platform, room.Id, new(2025, 6, 1, 0, 0, 0, TimeSpan.Zero), new(2025, 6, 1, 6, 0, 0, TimeSpan.Zero));
        const string Path = "telemetry?from=2025-06-01T03:07:11{0}02:00&to=2025-06-01T02:04:00Z&bucket=5m";

        foreach (var plus in (string[])["%2B", "+"])
        {
            var series = await fixture.Service.GetAsync($"/api/v1/iot/spaces/{room.Id}/{string.Format(CultureInfo.InvariantCulture, Path, plus)}");
            var data = series.GetProperty("data").EnumerateArray().ToList();
            Assert.Equal("2025-06-01T01:05:00.000Z", data[0].GetProperty("at").GetString());
            Assert.Equal("2025-06-01T02:00:00.000Z", data[^1].GetProperty("at").GetString());
            Assert.All(data, row => Assert.Equal((30, 1), (row.GetProperty("sampleCount").GetInt32(), row.GetProperty("coverage").GetDouble())));
            Assert.Equal(12 * 15, series.GetProperty("stats").GetProperty("co2Ppm").GetProperty("count").GetInt64());
        }
    }

    [Theory]
    [InlineData("America/Santiago", "2025-09-06", "2025-09-06T04:00:00Z", "2025-09-07T04:00:00Z", "2025-09-08T03:00:00Z")]
    [InlineData("America/Santiago", "2025-04-05", "2025-04-05T03:00:00Z", "2025-04-06T04:00:00Z", "2025-04-07T04:00:00Z")]
    [InlineData("America/Havana", "2025-11-02", "2025-11-02T04:00:00Z", "2025-11-03T05:00:00Z", "2025-11-04T05:00:00Z")]
    [InlineData("Australia/Lord_Howe", "2025-10-05", "2025-10-04T13:30:00Z", "2025-10-05T13:00:00Z", "2025-10-06T13:00:00Z")]
    [InlineData("Asia/Kathmandu", "2025-06-10", "2025-06-09T18:15:00Z", "2025-06-10T18:15:00Z", "2025-06-11T18:15:00Z")]
    public async Task Days_are_the_local_days_of_the_space(string zone, string day, params string[] starts)
    {
        var room = await fixture.AddRoomAsync(facts => facts with { Timezone = zone });
        var bounds = Array.ConvertAll(starts, start => DateTimeOffset.Parse(start, CultureInfo.InvariantCulture));
        await WindowRows.FillAsync(fixture.Platform, room.Id, bounds[0].AddDays(-1), bounds[2].AddDays(1));
        await CountAsync();
        var rows = await DataAsync(room, bounds[0].AddHours(1), bounds[2].AddHours(-1), "1d");
        Assert.Equal(bounds[..2], rows.Select(row => row.GetProperty("at").GetDateTimeOffset()));
        Assert.Equal(bounds[..2].Zip(bounds[1..], (from, until) => (until - from).TotalMinutes * 6), rows.Select(row => row.GetProperty("sampleCount").GetDouble()));
        Assert.All(rows, row => Assert.Equal(1, row.GetProperty("coverage").GetDouble()));
        Assert.Equal(day, (await fixture.Platform.ScalarAsync<DateOnly>("select local_day($1, $2)", bounds[0], zone)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        Assert.Equal(bounds[0], await fixture.Platform.ScalarAsync<DateTimeOffset>("select day_start($1::date, $2)", DateOnly.Parse(day, CultureInfo.InvariantCulture), zone));
    }

    [Fact]
    public async Task Thirty_days_are_read_from_at_most_800_rows_and_say_the_same_as_the_windows()
    {
        var room = await fixture.AddRoomAsync(facts => facts with { Timezone = "Asia/Kolkata" });
        var now = Now;
        await WindowRows.FillAsync(fixture.Platform, room.Id, Hour(now).AddDays(-31), Room.FullMinute(now));
        await CountAsync();
        await using var connection = await fixture.Platform.Database.OpenConnectionAsync(Ended);
        var space = (await SeriesSpace.FindAsync(connection, room.Id, Ended))!;
        var twoHours = TelemetryBucket.Of("2h");
        var end = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.FromHours(2).Ticks), TimeSpan.Zero).AddHours(2);
        DateTimeOffset[] starts = [.. Enumerable.Range(0, 361).Select(n => end.AddDays(-30).AddHours(2 * n))];
        Assert.InRange(await RowsReadAsync(connection, space, starts, null, now), 700, 800);

        var first = await space.DayAsync(connection, now.AddDays(-29), Ended);
        var days = await space.DayStartsAsync(connection, first, first.AddDays(29), Ended);
        Assert.InRange(await RowsReadAsync(connection, space, days, first, now), 30, 200);

        // Read as if no hour were final yet: from minute windows alone.
        foreach (var (bounds, bucket, day) in new[] { (starts, twoHours, (DateOnly?)null), (days, TelemetryBucket.Day, first) })
        {
            var kept = await TelemetrySeries.ReadAsync(connection, space, bounds, bucket, day, now, Ended);
            var plain = await TelemetrySeries.ReadAsync(connection, space with { HoursUntil = bounds[0] }, bounds, bucket, day, now, Ended);
            Assert.Equal(plain.OrderBy(one => one.Key).Select(Text), kept.OrderBy(one => one.Key).Select(Text));
        }
    }

    [Theory]
    [InlineData("range=1y", "range", "range must be one of 24h, 7d, 30d")]
    [InlineData("range=24h&minutes=60", "minutes", "minutes cannot be given together with range")]
    [InlineData("range=24h&bucket=5m", "range", "range cannot be given together with bucket")]
    [InlineData("range=24h&from=2025-01-01T00:00:00Z", "range", "range cannot be given together with from")]
    [InlineData("minutes=60&from=2025-01-01T00:00:00Z", "minutes", "minutes cannot be given together with from")]
    [InlineData("from=2025-01-01T00:00:00Z&to=2025-01-02T00:00:00Z", "bucket", "from, to and bucket must be given together")]
    [InlineData("from=2025-01-01T00:00:00Z&bucket=5m", "to", "from, to and bucket must be given together")]
    [InlineData("to=2025-01-01T00:00:00Z&bucket=5m", "from", "from, to and bucket must be given together")]
    [InlineData("bucket=5m", "from", "from, to and bucket must be given together")]
    [InlineData("from=2025-01-01T00:00:00Z&to=2025-01-02T00:00:00Z&bucket=3m", "bucket", "bucket must be one of 1m, 5m, 30m, 1h, 2h, 1d")]
    [InlineData("from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z&bucket=1h", "to", "to must be after from")]
    [InlineData("from=2025-01-01T00:00:00Z&to=2025-01-01T00:00:00Z&bucket=1h", "to", "to must be after from")]
    [InlineData("from=2025-01-01T00:00:00&to=2025-01-02T00:00:00Z&bucket=1h", "from", "from must be an RFC 3339 time with a zone, e.g. 2026-01-31T09:00:00Z")]
    [InlineData("from=2025-01-01T00:00:00Z&to=tomorrow&bucket=1h", "to", "to must be an RFC 3339 time with a zone, e.g. 2026-01-31T09:00:00Z")]
    [InlineData("from=2025-02-30T00:00:00Z&to=2025-03-02T00:00:00Z&bucket=1h", "from", "from must be an RFC 3339 time with a zone, e.g. 2026-01-31T09:00:00Z")]
    [InlineData("from=0001-01-01T00:00:00Z&to=2025-03-02T00:00:00Z&bucket=1d", "from", "from must be from 2000 to 2100")]
    [InlineData("from=2025-01-01T00:00:00Z&to=9999-12-31T23:59:59Z&bucket=1d", "to", "to must be from 2000 to 2100")]
    [InlineData("from=2025-01-01T00:00:00Z&to=2025-01-02T01:01:00Z&bucket=1m", "bucket", "bucket 1m is too short for this span: at most 1500 buckets fit into one answer")]
    [InlineData("from=2020-01-01T00:00:00Z&to=2025-01-02T00:00:00Z&bucket=1d", "bucket", "bucket 1d is too short for this span: at most 1500 buckets fit into one answer")]
    public async Task A_stretch_that_cannot_be_meant_is_a_400_that_names_the_field(string query, string field, string message)
    {
        using var answer = await fixture.Service.SendAsync(HttpMethod.Get, $"/api/v1/iot/spaces/{Guid.CreateVersion7()}/telemetry?{query}");
        Assert.Equal(message, await RunningService.ProblemAsync(answer, HttpStatusCode.BadRequest));
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Ended));
        Assert.Equal([field], problem.RootElement.GetProperty("errors").EnumerateObject().Select(error => error.Name));
    }

    [Fact]
    public async Task As_many_buckets_as_fit_are_answered_and_an_unknown_space_is_a_404()
    {
        var room = await fixture.AddRoomAsync();
        var from = new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(1500, (await DataAsync(room, from, from.AddMinutes(1500), "1m")).Count);
        Assert.Empty(await DataAsync(room, Now.AddDays(10), Now.AddDays(20), "1d"));
        using var answer = await fixture.Service.SendAsync(HttpMethod.Get, $"/api/v1/iot/spaces/{Guid.CreateVersion7()}/telemetry?range=24h");
        Assert.Equal("Space not found", await RunningService.ProblemAsync(answer, HttpStatusCode.NotFound));
    }

    private static string Text(KeyValuePair<int, SeriesBucket> bucket) =>
        $"{bucket.Key} {bucket.Value.SampleCount} {bucket.Value.Coverage} {string.Join(' ', bucket.Value.Metrics.Select(metric => metric?.ToString()))}";

    private static DateTimeOffset Hour(DateTimeOffset instant) => new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);

    /// <summary>Counts what is marked; the service's own keeper may be at it too.</summary>
    private async Task CountAsync()
    {
        await fixture.Service.Hosted<RollupKeeper>().RunOnceAsync(Ended);
        await fixture.Platform.UntilAsync("select count(*) from rollup_dirty", 0);
    }

    private async Task<List<JsonElement>> DataAsync(Room room, DateTimeOffset from, DateTimeOffset to, string bucket) =>
        [.. (await fixture.Service.GetAsync($"/api/v1/iot/spaces/{room.Id}/telemetry?from={Room.Text(from)}&to={Room.Text(to)}&bucket={bucket}")).GetProperty("data").EnumerateArray()];

    /// <summary>Rows that the tables gave, by the server's own count.</summary>
    private static async Task<long> RowsReadAsync(
        Npgsql.NpgsqlConnection connection, SeriesSpace space, DateTimeOffset[] starts, DateOnly? firstDay, DateTimeOffset now)
    {
        // Tables of a few rows may be read whole; what other tests left in them is not what this one counts.
        await using (var byIndex = new Npgsql.NpgsqlCommand("set enable_seqscan = off", connection))
        {
            await byIndex.ExecuteNonQueryAsync(Ended);
        }

        await using var command = TelemetrySeries.Command(connection, space, starts, firstDay, now);
        command.CommandText = "explain (analyze, timing off, format json) " + command.CommandText;
        using var plan = JsonDocument.Parse((string)(await command.ExecuteScalarAsync(Ended))!);
        return Count(plan.RootElement[0].GetProperty("Plan"));

        static long Count(JsonElement node) =>
            (node.TryGetProperty("Relation Name", out _) ? (long)(node.GetProperty("Actual Rows").GetDouble() * node.GetProperty("Actual Loops").GetDouble()) + Removed(node) : 0)
            + (node.TryGetProperty("Plans", out var below) ? below.EnumerateArray().Sum(Count) : 0);

        static long Removed(JsonElement node) =>
            node.TryGetProperty("Rows Removed by Filter", out var removed) ? (long)(removed.GetDouble() * node.GetProperty("Actual Loops").GetDouble()) : 0;
    }
}
