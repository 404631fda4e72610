using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Coworking.Contracts;
using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests.Reports;

public sealed class ClimateReportTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    // 2025-06-10 in Mexico City begins at 06:00 UTC.
    private static readonly DateTimeOffset Midnight = new(2025, 6, 10, 6, 0, 0, TimeSpan.Zero);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_report_tells_by_local_day_what_was_how_much_was_within_limits_and_every_alert()
    {
        var room = await fixture.AddRoomAsync(facts => facts with { Climate = new ClimateLimits(2, 8, null) });
        // A day of which a quarter came, of that a minute in six too warm; then a day of silence.
        await WindowsAsync(room, Midnight, 360, temp: 5_000, everySixth: 8_001);
        await AlertAsync(room, Midnight.AddHours(1), Midnight.AddHours(2), "filter, changed");
        await AlertAsync(room, Midnight.AddHours(23), Midnight.AddHours(25), null);
        await AlertAsync(room, Midnight.AddHours(-1), Midnight, "ended at midnight sharp");

        var report = await fixture.Service.GetAsync($"/api/v1/iot/reports/climate?spaceId={room.Id}&from=2025-06-09&to=2025-06-11");
        Assert.Equal((room.Id, "America/Mexico_City"), (report.GetProperty("spaceId").GetGuid(), report.GetProperty("timezone").GetString()));
        var days = report.GetProperty("days").EnumerateArray().ToList();
        Assert.Equal(["2025-06-09", "2025-06-10", "2025-06-11"], days.Select(day => day.GetProperty("day").GetString()));
        Assert.Equal([0, 0.25, 0], days.Select(day => day.GetProperty("coverage").GetDouble()));
        Assert.Equal("{}", days[2].GetProperty("metrics").GetRawText());
        var temp = days[1].GetProperty("metrics").GetProperty("tempC");
        Assert.Equal((5, 8.001, 5), (temp.GetProperty("min").GetDouble(), temp.GetProperty("max").GetDouble(), temp.GetProperty("avg").GetDouble()));
        Assert.Equal(0.8333, temp.GetProperty("shareWithin").GetDouble());
        // The threshold is the twin's, or 1000: a minute at 2000 is outside. Nobody limits humidity.
        Assert.Equal(0, days[1].GetProperty("metrics").GetProperty("co2Ppm").GetProperty("shareWithin").GetDouble());
        Assert.Equal(JsonValueKind.Null, days[1].GetProperty("metrics").GetProperty("humidityPct").GetProperty("shareWithin").ValueKind);
        Assert.Equal([[3600], [3600, 7200], [7200]], days.Select(day => day.GetProperty("alerts").EnumerateArray().Select(alert => alert.GetProperty("durationSec").GetInt64())));
        Assert.Equal("filter, changed", days[1].GetProperty("alerts")[0].GetProperty("note").GetString());
    }

    [Theory]
    [InlineData("text/csv", true)]
    [InlineData("text/csv, application/json;q=0.5", true)]
    [InlineData("application/json, text/csv;q=0.5", false)]
    [InlineData("text/csv;q=0", false)]
    [InlineData("*/*", false)]
    [InlineData("text/html", false)]
    public async Task It_is_CSV_for_whoever_accepts_that_best(string accept, bool isCsv)
    {
        var room = await fixture.AddRoomAsync();
        await WindowsAsync(room, Midnight, 1, temp: 5_000);
        using var answer = await fixture.Service.SendAsync(
            HttpMethod.Get, $"/api/v1/iot/reports/climate?spaceId={room.Id}&from=2025-06-10&to=2025-06-10", more: request => request.Headers.TryAddWithoutValidation("Accept", accept));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(isCsv ? "text/csv" : "application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("Accept", answer.Headers.Vary.Single());

        if (isCsv)
        {
            Assert.Equal(ContentDispositionHeaderValue.Parse($"attachment; filename=\"climate-{room.Id}-2025-06-10-2025-06-10.csv\""), answer.Content.Headers.ContentDisposition);
            Assert.Contains("metric,2025-06-10,tempC,5,5,5,,", await answer.Content.ReadAsStringAsync(Ended), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("from=2025-06-10&to=2025-06-10", "spaceId is required")]
    [InlineData("spaceId=7&from=2025-06-10&to=2025-06-10", "spaceId must be a valid UUID")]
    [InlineData("spaceId={0}&to=2025-06-10", "from is required: a date, e.g. 2026-01-31")]
    [InlineData("spaceId={0}&from=2025-06-10", "to is required: a date, e.g. 2026-01-31")]
    [InlineData("spaceId={0}&from=10.06.2025&to=2025-06-10", "from must be a date, e.g. 2026-01-31")]
    [InlineData("spaceId={0}&from=2025-06-10&to=2025-06-31", "to must be a date, e.g. 2026-01-31")]
    [InlineData("spaceId={0}&from=2025-06-10&to=2025-06-09", "to must not be before from")]
    [InlineData("spaceId={0}&from=0001-01-01&to=0001-01-02", "from must be from 2000 to 2100")]
    [InlineData("spaceId={0}&from=2025-06-01&to=2025-09-01", "a report covers at most 92 days")]
    public async Task A_stretch_that_cannot_be_meant_is_a_400(string query, string message)
    {
        using var answer = await fixture.Service.SendAsync(HttpMethod.Get, "/api/v1/iot/reports/climate?" + query.Replace("{0}", Guid.CreateVersion7().ToString(), StringComparison.Ordinal));
        Assert.Equal(message, await RunningService.ProblemAsync(answer, HttpStatusCode.BadRequest));
    }

    [Theory]
    [InlineData("climate?spaceId={0}&from=2025-06-01&to=2025-08-31", "Space not found", HttpStatusCode.NotFound)]
    [InlineData("climate/daily/{0}", "Report not found", HttpStatusCode.NotFound)]
    [InlineData("climate/daily/7", "id must be a valid UUID", HttpStatusCode.BadRequest)]
    [InlineData("climate/daily?locationId=7", "locationId must be a valid UUID", HttpStatusCode.BadRequest)]
    [InlineData("climate/daily?page=0", "page must be a whole number of at least 1", HttpStatusCode.BadRequest)]
    public async Task What_is_unknown_or_malformed_is_told(string path, string message, HttpStatusCode status)
    {
        using var answer = await fixture.Service.SendAsync(HttpMethod.Get, "/api/v1/iot/reports/" + path.Replace("{0}", Guid.CreateVersion7().ToString(), StringComparison.Ordinal));
        Assert.Equal(message, await RunningService.ProblemAsync(answer, status));
    }

    [Fact]
    public async Task A_stored_report_is_listed_and_read()
    {
        var (id, location) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await fixture.Platform.ExecuteAsync("insert into climate_reports (id, location_id, day, created_at, report) values ($1, $2, '2025-06-10', now(), '{\"spaces\":[]}')", id, location);
        var list = await fixture.Service.GetAsync($"/api/v1/iot/reports/climate/daily?locationId={location}");
        Assert.Equal((id, "2025-06-10"), (list.GetProperty("data")[0].GetProperty("id").GetGuid(), list.GetProperty("data")[0].GetProperty("day").GetString()));
        Assert.Equal(1, list.GetProperty("meta").GetProperty("total").GetInt32());
        Assert.Equal("{\"spaces\":[]}", (await fixture.Service.GetAsync($"/api/v1/iot/reports/climate/daily/{id}")).GetProperty("report").GetRawText().Replace(" ", "", StringComparison.Ordinal));
    }

    /// <summary>Whole minutes at 10 s, one after the other; the greatest of every sixth may be another.</summary>
    private async Task WindowsAsync(Room room, DateTimeOffset from, int minutes, int temp, int? everySixth = null)
    {
        await fixture.Platform.ExecuteAsync("select ensure_partitions($1, $1)", DateOnly.FromDateTime(from.UtcDateTime));
        await fixture.Platform.ExecuteAsync(
            """
            insert into windows (space_key, window_start, sample_count, sampling_interval_sec, temp_c_sum, temp_c_count, temp_c_min, temp_c_max, humidity_pct_sum, humidity_pct_count,
                humidity_pct_min, humidity_pct_max, co2_ppm_sum, co2_ppm_count, co2_ppm_min, co2_ppm_max, occupancy_count, power_w_count, battery_pct_count)
            select key, $2::timestamptz + n * interval '1 minute', 6, 10, 6 * $4, 6, $4, case when n % 6 = 0 then $5 else $4 end, 50000, 1, 50000, 50000, 2000000, 1, 2000000, 2000000, 0, 0, 0
            from spaces, generate_series(0, $3 - 1) n where id = $1
            """, room.Id, from, minutes, temp, everySixth ?? temp);
        // Not of yesterday: nothing is final yet unless it is marked and counted.
        await fixture.Platform.ExecuteAsync(
            """
            insert into rollup_dirty (space_key, hour) select distinct w.space_key, date_bin('1 hour', w.window_start, timestamptz 'epoch')
            from windows w join spaces s on s.key = w.space_key where s.id = $1
            """, room.Id);
        await fixture.Service.Hosted<IotIngest.Rollups.RollupKeeper>().RunOnceAsync(Ended);
        await fixture.Platform.UntilAsync("select count(*) from rollup_dirty", 0);
    }

    private Task AlertAsync(Room room, DateTimeOffset from, DateTimeOffset until, string? note) => fixture.Platform.ExecuteAsync(
        """
        insert into alerts (id, space_key, space_id, location_id, kind, severity, breached_since, started_at, last_triggered_at, resolved_at, note, meta, version)
        select gen_random_uuid(), key, id, location_id, 'CO2', 'warning', $2, $2, $2, $3, nullif($4, ''), '{}', 2 from spaces where id = $1
        """, room.Id, from, until, note ?? "");
}
