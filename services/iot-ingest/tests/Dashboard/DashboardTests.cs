using System.Net;
using System.Text.Json;
using Coworking.Contracts;
using Coworking.IotIngest.Tests.Running;
using Coworking.Local;

namespace Coworking.IotIngest.Tests.Dashboard;

public sealed class DashboardTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task The_latest_reading_goes_by_device_time_and_tells_its_age()
    {
        var room = await fixture.AddRoomAsync();
        var silent = await fixture.Service.GetAsync($"/api/v1/iot/spaces/{room.Id}/latest");
        Assert.Equal(room.Id, silent.GetProperty("spaceId").GetGuid());
        Assert.True(silent.GetProperty("stale").GetBoolean());
        Assert.All((string[])["at", "ageSec", "tempC", "occupancy", "powerOk"], name => Assert.Equal(JsonValueKind.Null, silent.GetProperty(name).ValueKind));

        await room.SendAsync($"{{\"ts\":\"{Room.Text(Now.AddSeconds(-20))}\",\"temp_c\":-3.5,\"occupancy\":4,\"door_open\":true}}");
        await room.SendAsync($"{{\"ts\":\"{Room.Text(Now.AddHours(-1))}\",\"temp_c\":50}}");
        await room.StoredAsync(2);
        var latest = await fixture.Service.GetAsync($"/api/v1/iot/spaces/{room.Id}/latest");
        Assert.Equal((-3.5, 4, true), (latest.GetProperty("tempC").GetDouble(), latest.GetProperty("occupancy").GetDouble(), latest.GetProperty("doorOpen").GetBoolean()));
        Assert.Equal(JsonValueKind.Null, latest.GetProperty("co2Ppm").ValueKind);
        Assert.InRange(latest.GetProperty("ageSec").GetInt64(), 20, 120);
        Assert.False(latest.GetProperty("stale").GetBoolean());
    }

    [Fact]
    public async Task Stale_is_older_than_two_minutes_or_than_three_intervals()
    {
        var (quick, slow) = (await fixture.AddRoomAsync(), await fixture.AddRoomAsync());
        using var set = await fixture.Service.SendAsync(HttpMethod.Patch, $"/api/v1/iot/spaces/{slow.Id}/desired", new { samplingIntervalSec = 600 });
        Assert.Equal(HttpStatusCode.OK, set.StatusCode);

        foreach (var room in new[] { quick, slow })
        {
            await room.SendAsync($"{{\"ts\":\"{Room.Text(Now.AddMinutes(-10))}\",\"temp_c\":20}}");
            await room.StoredAsync(1);
        }

        Assert.True((await fixture.Service.GetAsync($"/api/v1/iot/spaces/{quick.Id}/latest")).GetProperty("stale").GetBoolean());
        Assert.False((await fixture.Service.GetAsync($"/api/v1/iot/spaces/{slow.Id}/latest")).GetProperty("stale").GetBoolean());
    }

    [Fact]
    public async Task The_latest_of_a_location_are_a_list_by_name_with_those_that_never_spoke()
    {
        var room = await fixture.AddRoomAsync(facts => facts with { Name = "Zaguán" });
        await fixture.AddRoomAsync(facts => facts with { LocationId = room.Facts.LocationId, Name = "Ático" });
        await fixture.AddRoomAsync(facts => facts with { LocationId = room.Facts.LocationId, Name = "Bodega" });
        await room.SendAsync($"{{\"ts\":\"{Room.Text(Now)}\",\"battery_pct\":55.5}}");
        await room.StoredAsync(1);
        var list = await fixture.Service.GetAsync($"/api/v1/iot/latest?locationId={room.Facts.LocationId}&pageSize=2");
        Assert.Equal("""{"page":1,"pageSize":2,"total":3,"totalPages":2}""", list.GetProperty("meta").GetRawText());
        var both = list.GetProperty("data").EnumerateArray().Concat((await fixture.Service.GetAsync(
            $"/api/v1/iot/latest?locationId={room.Facts.LocationId}&pageSize=2&page=2")).GetProperty("data").EnumerateArray()).ToList();
        Assert.Equal(3, both.Select(row => row.GetProperty("spaceId").GetGuid()).Distinct().Count());
        var spoke = Assert.Single(both, row => row.GetProperty("at").ValueKind != JsonValueKind.Null);
        Assert.Equal((room.Id, 55.5), (spoke.GetProperty("spaceId").GetGuid(), spoke.GetProperty("batteryPct").GetDouble()));
    }

    [Fact]
    public async Task The_dashboard_tells_the_worst_of_each_location_and_everything_that_is_open()
    {
        var fine = await fixture.AddRoomAsync(facts => facts with { Climate = new ClimateLimits(2, 8, null) });
        var location = fine.Facts.LocationId;
        var warm = await fixture.AddRoomAsync(facts => facts with { LocationId = location, Name = "Despensa", Climate = new ClimateLimits(2, 8, null) });
        var alarm = await fixture.AddRoomAsync(facts => facts with { LocationId = location, Name = "Sala roja" });
        // Equal to a limit is normal; a tenth above it is not.
        await fine.SendAsync($"{{\"ts\":\"{Room.Text(Now)}\",\"temp_c\":8,\"co2_ppm\":1000,\"occupancy\":8}}");
        await warm.SendAsync($"{{\"ts\":\"{Room.Text(Now)}\",\"temp_c\":8.1}}");
        await fine.StoredAsync(1);
        await warm.StoredAsync(1);
        await OpenAlertAsync(alarm, "CO2", "warning");
        await OpenAlertAsync(alarm, "POWER_LOSS", "critical");
        await AddDeviceAsync(fine, online: true);
        await AddDeviceAsync(alarm, online: false);

        var board = await fixture.Service.GetAsync($"/api/v1/iot/dashboard?locationId={location}");
        Assert.Equal((3, "ALARM"), (board.GetProperty("spaces").GetInt32(), board.GetProperty("status").GetString()));
        Assert.Equal("""{"online":1,"offline":1}""", board.GetProperty("devices").GetRawText());
        var kinds = board.GetProperty("openAlerts").GetProperty("byKind");
        Assert.Equal(1, kinds.GetProperty("POWER_LOSS").GetInt32());
        Assert.Equal((1, 2), (kinds.GetProperty("CO2").GetInt32(), board.GetProperty("openAlerts").GetProperty("bySeverity").GetProperty("critical").GetInt32()));
        var spaces = Assert.Single(board.GetProperty("locations").EnumerateArray()).GetProperty("spaces").EnumerateArray().ToDictionary(row => row.GetProperty("id").GetGuid());
        Assert.Equal("OK", spaces[fine.Id].GetProperty("status").GetString());
        Assert.Equal("ALARM", spaces[alarm.Id].GetProperty("status").GetString());
        Assert.Equal("ALARM", spaces[warm.Id].GetProperty("status").GetString());
        Assert.Equal(1, kinds.GetProperty("HIGH_TEMP").GetInt32());

        await fixture.Platform.ExecuteAsync("update alerts set resolved_at = now() where space_id = any($1)", new[] { alarm.Id, warm.Id });
        board = await fixture.Service.GetAsync($"/api/v1/iot/dashboard?locationId={location}");
        Assert.Equal("WARNING", board.GetProperty("status").GetString());
        Assert.Equal("WARNING", board.GetProperty("locations")[0].GetProperty("status").GetString());
        Assert.Equal(0, board.GetProperty("openAlerts").GetProperty("total").GetInt32());
    }

    [Theory]
    [InlineData("\"co2_ppm\":1000.1")]
    [InlineData("\"occupancy\":9")]
    [InlineData("\"temp_c\":1.9")]
    public async Task A_last_reading_outside_its_limits_is_a_warning(string member)
    {
        var room = await fixture.AddRoomAsync(facts => facts with { Climate = new ClimateLimits(2, null, null) });
        await room.SendAsync($"{{\"ts\":\"{Room.Text(Now)}\",{member}}}");
        await room.StoredAsync(1);
        await fixture.Platform.ExecuteAsync("update alerts set resolved_at = now() where space_id = $1", room.Id);
        var board = await fixture.Service.GetAsync($"/api/v1/iot/dashboard?locationId={room.Facts.LocationId}");
        Assert.Equal("WARNING", board.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Messages_of_the_last_minute_are_counted()
    {
        var room = await fixture.AddRoomAsync();
        await room.SendAsync("{\"ts\":\"yesterday\",\"temp_c\":20}");
        await room.SendSeriesAsync(room.Start, 5, 10, "\"temp_c\":20");
        await room.StoredAsync(5);
        await Wait.UntilAsync(
            async () =>
            {
                // Again and again, so that a slow machine does not let them grow old.
                await room.SendAsync("{\"ts\":\"yesterday\",\"temp_c\":20}");
                await room.SendAsync($"{{\"ts\":\"{Room.Text(Now)}\",\"temp_c\":20}}");
                var messages = (await fixture.Service.GetAsync("/api/v1/iot/dashboard")).GetProperty("messages");
                return messages.GetProperty("accepted").GetInt64() > 0 && messages.GetProperty("rejected").GetInt64() > 0;
            },
            TestPlatform.Limit, "messages on the dashboard", Ended);
    }

    [Theory]
    [InlineData("latest?locationId=x")]
    [InlineData("latest?page=0")]
    [InlineData("latest?pageSize=101")]
    [InlineData("dashboard?locationId=7")]
    [InlineData("spaces/7/latest")]
    public async Task A_query_that_cannot_be_meant_is_a_400(string path)
    {
        using var answer = await fixture.Service.SendAsync(HttpMethod.Get, "/api/v1/iot/" + path);
        await RunningService.ProblemAsync(answer, HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("latest?locationId={0}", "Location not found")]
    [InlineData("dashboard?locationId={0}", "Location not found")]
    [InlineData("spaces/{0}/latest", "Space not found")]
    public async Task What_is_unknown_is_a_404(string path, string message)
    {
        using var answer = await fixture.Service.SendAsync(HttpMethod.Get, "/api/v1/iot/" + path.Replace("{0}", Guid.CreateVersion7().ToString(), StringComparison.Ordinal));
        Assert.Equal(message, await RunningService.ProblemAsync(answer, HttpStatusCode.NotFound));
    }

    private Task OpenAlertAsync(Room room, string kind, string severity) => fixture.Platform.ExecuteAsync(
        """
        insert into alerts (id, space_key, space_id, location_id, kind, severity, breached_since, started_at, last_triggered_at, meta, version)
        select gen_random_uuid(), key, id, location_id, $2, $3, now(), now(), now(), '{}', 1 from spaces where id = $1
        """, room.Id, kind, severity);

    private Task AddDeviceAsync(Room room, bool online) => fixture.Platform.ExecuteAsync(
        """
        insert into devices (id, serial_number, space_id, key_hash, mqtt_username, mqtt_salt, created_at, updated_at, online)
        values (gen_random_uuid(), gen_random_uuid()::text, $1, gen_random_uuid()::text::bytea, gen_random_uuid()::text, '', now(), now(), $2)
        """, room.Id, online);
}
