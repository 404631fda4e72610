using System.Globalization;
using System.Text.Json;
using Coworking.Hosting.Leases;
using Coworking.Hosting.Postgres;
using Coworking.IotIngest.Reports;
using Coworking.IotIngest.Tests.Running;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coworking.IotIngest.Tests.Reports;

public sealed class DailyReportsTests(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("America/Mexico_City", "2025-06-11T11:59:59Z", "2025-06-11T12:00:00Z", "2025-06-10")]
    [InlineData("Asia/Kathmandu", "2025-06-11T00:14:59Z", "2025-06-11T00:15:00Z", "2025-06-10")]
    [InlineData("America/Santiago", "2025-09-07T08:59:59Z", "2025-09-07T09:00:00Z", "2025-09-06")]
    [InlineData("Mars/Olympus", "2025-06-11T05:59:59Z", "2025-06-11T06:00:00Z", "2025-06-10")]
    public async Task Yesterday_is_stored_at_six_in_the_morning_local_time(string zone, string before, string at, string day)
    {
        var location = await AddLocationAsync(zone);
        await RunAsync(before);
        Assert.Equal(DateOnly.Parse(day, CultureInfo.InvariantCulture).AddDays(-1), Assert.Single(await DaysAsync(location)));
        await RunAsync(at);
        Assert.Contains(DateOnly.Parse(day, CultureInfo.InvariantCulture), await DaysAsync(location));
        await fixture.Platform.ExecuteAsync("update locations set removed = true where id = $1", location);
    }

    [Fact]
    public async Task Two_replicas_store_a_day_once_and_missed_days_are_made_up_for_up_to_seven()
    {
        var location = await AddLocationAsync("UTC");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RunAsync("2025-06-11T07:00:00Z")));
        Assert.Single(await DaysAsync(location));
        await RunAsync("2025-06-14T06:00:00Z");
        Assert.Equal(Enumerable.Range(10, 4).Select(day => new DateOnly(2025, 6, day)), await DaysAsync(location));
        await RunAsync("2025-06-30T06:00:00Z");
        Assert.Equal([.. Enumerable.Range(10, 4), .. Enumerable.Range(23, 7)], (await DaysAsync(location)).Select(day => day.Day));
        await fixture.Platform.ExecuteAsync("update locations set removed = true where id = $1", location);
    }

    [Fact]
    public async Task It_holds_every_space_of_the_location_as_the_report_on_demand_does()
    {
        var location = await AddLocationAsync("UTC");
        var (one, silent) = (await fixture.AddSpaceAsync(), await fixture.AddSpaceAsync());
        await fixture.Platform.ExecuteAsync("update spaces set location_id = $1, climate = '{\"tempMin\":2,\"tempMax\":8}' where id = any($2)", location, new[] { one.Id, silent.Id });
        await fixture.Platform.ExecuteAsync("select ensure_partitions('2025-07-10', '2025-07-10')");
        await using var store = fixture.OpenStore();
        await store.StoreAsync([Store.Sample(one, At("2025-07-10T10:00:00Z"), temp: 5_000), Store.Sample(one, At("2025-07-10T11:00:00Z"), temp: 9_000)]);
        using var keeper = new IotIngest.Rollups.RollupKeeper(
            fixture.Platform.Database, Leases(), TimeProvider.System, NullLogger<IotIngest.Rollups.RollupKeeper>.Instance);
        await keeper.RunOnceAsync(Ended);
        await RunAsync("2025-07-11T06:00:00Z");

        var text = await fixture.Platform.ScalarAsync<string>("select report::text from climate_reports where location_id = $1 and day = '2025-07-10'", location);
        using var report = JsonDocument.Parse(text);
        var spaces = report.RootElement.GetProperty("spaces").EnumerateArray().ToDictionary(space => space.GetProperty("spaceId").GetGuid(), space => space.GetProperty("climate"));
        Assert.Equal(new[] { one.Id, silent.Id }.Order(), spaces.Keys.Order());
        var temp = spaces[one.Id].GetProperty("metrics").GetProperty("tempC");
        Assert.Equal((5, 9, 7, 0.5), (temp.GetProperty("min").GetDouble(), temp.GetProperty("max").GetDouble(), temp.GetProperty("avg").GetDouble(), temp.GetProperty("shareWithin").GetDouble()));
        Assert.Equal(0, spaces[silent.Id].GetProperty("coverage").GetDouble());
        await fixture.Platform.ExecuteAsync("update locations set removed = true where id = $1", location);
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private async Task RunAsync(string now)
    {
        using var reports = new DailyReports(fixture.Platform.Database, Leases(), new StoppedClock(At(now)), NullLogger<DailyReports>.Instance);
        await reports.RunOnceAsync(Ended);
    }

    private LeaseStore Leases() => new(fixture.Platform.Database, new ServiceSchema("iot"));

    private async Task<Guid> AddLocationAsync(string zone)
    {
        var id = Guid.CreateVersion7();
        await fixture.Platform.ExecuteAsync("insert into locations (id, name, timezone, version) values ($1, 'Torre', $2, 1)", id, zone);
        return id;
    }

    private Task<List<DateOnly>> DaysAsync(Guid location) => fixture.Platform.ListAsync(
        "select day from climate_reports where location_id = $1 order by day", reader => reader.GetFieldValue<DateOnly>(0), location);

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
