using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Coworking.Contracts;
using Coworking.Hosting.Identity;
using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests.Alerts;

public sealed class AlertLifeTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Somebody_takes_notice_once_and_resolves_once_and_everybody_hears_of_it()
    {
        var (room, id) = await AlarmAsync();
        var (acknowledged, resolved) = (await fixture.Platform.Bus.HearAsync<AlertAcknowledged>(), await fixture.Platform.Bus.HearAsync<AlertResolved>());
        using var stream = await fixture.Service.StreamAsync($"?events=alert&spaceId={room.Id}");

        var alert = await PatchAsync(id, "acknowledge", role: Roles.User);
        Assert.Equal(("acknowledged", "key:test"), (alert.GetProperty("status").GetString(), alert.GetProperty("acknowledgedBy").GetString()));
        var again = await PatchAsync(id, "acknowledge");
        Assert.Equal(alert.GetRawText(), again.GetRawText());
        Assert.Equal(alert.GetRawText(), (await fixture.Service.GetAsync($"/api/v1/alerts/{id}")).GetRawText());
        // That it was opened may still be on its way when the stream begins.
        Assert.Equal("acknowledged", (await stream.UntilAsync(IsNews)).Data.GetProperty("type").GetString());
        var said = await room.HeardAsync(acknowledged);
        Assert.Equal(("key:test", 2), (said.GetProperty("acknowledgedBy").GetString(), said.GetProperty("version").GetInt32()));

        // The hot path goes on: it neither forgets who took notice nor counts a version twice.
        await room.SendSeriesAsync(room.Start.AddMinutes(1), 1, 60, "\"power_ok\":false");
        await room.StoredAsync(2);
        alert = await PatchAsync(id, "resolve", new { note = "  The fuse was out  " });
        Assert.Equal(
            ("resolved", "by_hand", "The fuse was out", "key:test"),
            (alert.GetProperty("status").GetString(), alert.GetProperty("resolution").GetString(), alert.GetProperty("note").GetString(), alert.GetProperty("acknowledgedBy").GetString()));
        Assert.Equal(room.Start.AddMinutes(1), alert.GetProperty("lastTriggeredAt").GetDateTimeOffset());
        Assert.Equal("resolved", (await stream.NextAsync())!.Data.GetProperty("type").GetString());
        said = await room.HeardAsync(resolved);
        Assert.Equal(("by_hand", "The fuse was out", 3), (said.GetProperty("reason").GetString(), said.GetProperty("note").GetString(), said.GetProperty("version").GetInt32()));

        foreach (var path in (string[])["acknowledge", "resolve"])
        {
            using var answer = await fixture.Service.SendAsync(HttpMethod.Patch, $"/api/v1/alerts/{id}/{path}", new { });
            Assert.StartsWith("The alert was resolved at ", await RunningService.ProblemAsync(answer, HttpStatusCode.Conflict), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_nobody_takes_notice_of_is_escalated_on_bus_and_stream()
    {
        var (room, id) = await AlarmAsync();
        var escalated = await fixture.Platform.Bus.HearAsync<AlertEscalated>();
        using var stream = await fixture.Service.StreamAsync($"?events=alert&spaceId={room.Id}");
        await fixture.Platform.ExecuteAsync("update alerts set created_at = now() - interval '61 minutes' where id = $1", id);
        await fixture.Service.Hosted<AlertWatch>().RunOnceAsync(Ended);
        await fixture.Service.Hosted<AlertWatch>().RunOnceAsync(Ended);
        Assert.Equal("escalated", (await stream.UntilAsync(IsNews)).Data.GetProperty("type").GetString());
        var said = await room.HeardAsync(escalated);
        Assert.Equal((1, 2), (said.GetProperty("level").GetInt32(), said.GetProperty("version").GetInt32()));
        var alert = await fixture.Service.GetAsync($"/api/v1/alerts/{id}");
        Assert.Equal(("open", 1), (alert.GetProperty("status").GetString(), alert.GetProperty("escalationLevel").GetInt32()));
        await PatchAsync(id, "resolve");
        Assert.False(room.HasHeard(escalated));
    }

    [Fact]
    public async Task Alerts_are_listed_by_everything_that_tells_them_apart()
    {
        var (room, id) = await AlarmAsync();
        await room.SendSeriesAsync(room.Start.AddMinutes(1), 1, 60, "\"battery_pct\":5");
        await room.StoredAsync(2);
        var place = $"locationId={room.Facts.LocationId}";
        Assert.Equal(["LOW_BATTERY", "POWER_LOSS"], await ListAsync(place));
        Assert.Equal(["LOW_BATTERY", "POWER_LOSS"], await ListAsync($"spaceId={room.Id}&status=open"));
        Assert.Equal(["POWER_LOSS"], await ListAsync($"{place}&severity=critical"));
        Assert.Equal(["LOW_BATTERY"], await ListAsync($"{place}&kind=low_battery"));
        await PatchAsync(id, "acknowledge");
        Assert.Equal(["POWER_LOSS"], await ListAsync($"{place}&status=acknowledged"));
        Assert.Equal(["LOW_BATTERY"], await ListAsync($"{place}&status=open"));
        await PatchAsync(id, "resolve", new { });
        Assert.Equal(["POWER_LOSS"], await ListAsync($"{place}&status=resolved"));
        Assert.Empty(await ListAsync($"{place}&status=acknowledged"));
        Assert.Empty(await ListAsync($"spaceId={Guid.CreateVersion7()}"));
        Assert.Equal(["POWER_LOSS"], await ListAsync($"{place}&page=2&pageSize=1"));
        Assert.Empty(await ListAsync($"{place}&page=2147483647&pageSize=100"));
        var meta = (await fixture.Service.GetAsync($"/api/v1/alerts?{place}&pageSize=1")).GetProperty("meta");
        Assert.Equal("""{"page":1,"pageSize":1,"total":2,"totalPages":2}""", meta.GetRawText());
    }

    [Theory]
    [InlineData("GET", "/api/v1/alerts?status=closed", null, Roles.User, 400)]
    [InlineData("GET", "/api/v1/alerts?kind=NOISE", null, Roles.User, 400)]
    [InlineData("GET", "/api/v1/alerts?severity=fatal", null, Roles.User, 400)]
    [InlineData("GET", "/api/v1/alerts?spaceId=7", null, Roles.User, 400)]
    [InlineData("GET", "/api/v1/alerts?locationId=7", null, Roles.User, 400)]
    [InlineData("GET", "/api/v1/alerts?page=0", null, Roles.User, 400)]
    [InlineData("GET", "/api/v1/alerts?pageSize=101", null, Roles.User, 400)]
    [InlineData("GET", "/api/v1/alerts/7", null, Roles.User, 400)]
    [InlineData("GET", "/api/v1/alerts/{any}", null, Roles.User, 404)]
    [InlineData("GET", "/api/v1/alerts", null, null, 401)]
    [InlineData("GET", "/api/v1/alerts", null, Roles.Customer, 403)]
    [InlineData("GET", "/api/v1/alerts/{any}", null, Roles.Customer, 403)]
    [InlineData("GET", "/api/v1/iot/spaces/{any}/alerts", null, Roles.Customer, 403)]
    [InlineData("GET", "/api/v1/iot/spaces/{any}/alert-rules", null, Roles.Customer, 403)]
    [InlineData("GET", "/api/v1/iot/spaces/{any}/twin/history", null, Roles.Customer, 403)]
    [InlineData("GET", "/api/v1/iot/dashboard", null, Roles.Customer, 403)]
    [InlineData("GET", "/api/v1/iot/reports/climate", null, Roles.Customer, 403)]
    [InlineData("GET", "/api/v1/iot/rejected", null, Roles.Customer, 403)]
    [InlineData("GET", "/api/v1/iot/stream?events=telemetry,alert", null, Roles.Customer, 403)]
    [InlineData("PATCH", "/api/v1/alerts/{any}/acknowledge", null, Roles.Technician, 404)]
    [InlineData("PATCH", "/api/v1/alerts/{any}/resolve", "{}", Roles.Technician, 404)]
    [InlineData("PATCH", "/api/v1/alerts/7/acknowledge", null, Roles.User, 400)]
    [InlineData("PATCH", "/api/v1/alerts/{any}/acknowledge", null, Roles.User, 404)]
    [InlineData("PATCH", "/api/v1/alerts/{any}/acknowledge", null, Roles.Customer, 403)]
    [InlineData("PATCH", "/api/v1/alerts/{any}/acknowledge", null, null, 401)]
    [InlineData("PATCH", "/api/v1/alerts/{any}/resolve", "{}", Roles.User, 404)]
    [InlineData("PATCH", "/api/v1/alerts/{any}/resolve", "{}", Roles.Customer, 403)]
    [InlineData("PATCH", "/api/v1/alerts/{any}/resolve", "{\"note\":\"\\u0000\"}", Roles.User, 400)]
    [InlineData("PATCH", "/api/v1/alerts/{any}/resolve", "{\"note\":5}", Roles.User, 400)]
    [InlineData("PATCH", "/api/v1/alerts/{any}/resolve", "{", Roles.User, 400)]
    [InlineData("GET", "/api/v1/iot/spaces/{any}/alert-rules", null, Roles.User, 404)]
    [InlineData("GET", "/api/v1/iot/spaces/7/alert-rules", null, Roles.User, 400)]
    [InlineData("PUT", "/api/v1/iot/spaces/{any}/alert-rules", "{}", Roles.Admin, 404)]
    [InlineData("PUT", "/api/v1/iot/spaces/{any}/alert-rules", "{}", Roles.User, 403)]
    [InlineData("PUT", "/api/v1/iot/spaces/{any}/alert-rules", "[]", Roles.Admin, 400)]
    [InlineData("PUT", "/api/v1/iot/spaces/{any}/alert-rules", "null", Roles.Admin, 400)]
    [InlineData("PUT", "/api/v1/iot/spaces/{any}/alert-rules", "", Roles.Admin, 400)]
    [InlineData("PUT", "/api/v1/iot/spaces/{any}/alert-rules", "{\"NOISE\":{}}", Roles.Admin, 400)]
    public async Task What_cannot_be_is_refused(string method, string path, string? body, string? role, int status)
    {
        using var content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await fixture.Service.SendAsync(
            new HttpMethod(method), path.Replace("{any}", Guid.CreateVersion7().ToString(), StringComparison.Ordinal), content, role);
        await RunningService.ProblemAsync(answer, (HttpStatusCode)status);
    }

    [Theory]
    [InlineData(2000, HttpStatusCode.OK)]
    [InlineData(2001, HttpStatusCode.BadRequest)]
    public async Task A_note_has_at_most_two_thousand_characters(int length, HttpStatusCode status)
    {
        var (_, id) = await AlarmAsync();
        using var answer = await fixture.Service.SendAsync(HttpMethod.Patch, $"/api/v1/alerts/{id}/resolve", new { note = new string('n', length) });
        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task A_rule_holds_for_the_next_sample_and_is_answered_as_it_is_in_force()
    {
        var room = await fixture.AddRoomAsync();
        var rules = await PutAsync(room, """{"CO2":{"threshold":700,"openAfterSec":0,"severity":"critical"},"DOOR_OPEN":{"enabled":false}}""");
        await fixture.Service.KnowsAsync(room.Id, space => space.Rules[AlertKind.Co2].Threshold == 700);
        Assert.Equal("""{"enabled":true,"threshold":700,"openAfterSec":0,"resolveAfterSec":120,"severity":"critical"}""", rules.GetProperty("CO2").GetRawText());
        Assert.Equal(rules.GetRawText(), (await fixture.Service.GetAsync($"/api/v1/iot/spaces/{room.Id}/alert-rules")).GetRawText());
        Assert.Equal(2, await fixture.Platform.ScalarAsync<long>("select count(*) from alert_rules where space_id = $1", room.Id));
        await room.SendSeriesAsync(room.Start, 1, 60, "\"co2_ppm\":700.5,\"door_open\":true");
        await room.SendSeriesAsync(room.Start.AddMinutes(1), 6, 60, "\"door_open\":true");
        await room.StoredAsync(7);
        Assert.Equal("critical", Assert.Single((await room.AlertsAsync()).EnumerateArray()).GetProperty("severity").GetString());

        // Disabled: closed at once, and by the next sample where a replica that had not heard of it has opened it.
        await PutAsync(room, """{"CO2":{"enabled":false}}""");
        var alert = Assert.Single((await room.AlertsAsync()).EnumerateArray());
        Assert.Equal("rule_disabled", alert.GetProperty("resolution").GetString());
        await fixture.Service.KnowsAsync(room.Id, space => !space.Rules[AlertKind.Co2].IsOn);
        await room.SendSeriesAsync(room.Start.AddMinutes(7), 1, 60, "\"co2_ppm\":5000");
        await room.StoredAsync(8);
        Assert.Equal(1, (await room.AlertsAsync()).GetArrayLength());
        await PutAsync(room, """{"CO2":null,"DOOR_OPEN":null}""");
        Assert.Equal(0, await fixture.Platform.ScalarAsync<long>("select count(*) from alert_rules where space_id = $1", room.Id));
    }

    [Fact]
    public async Task Capacity_climate_and_hours_that_change_hold_for_the_next_sample()
    {
        var room = await fixture.AddRoomAsync();
        await room.SendSeriesAsync(room.Start, 3, 60, "\"occupancy\":8,\"temp_c\":9");
        await room.StoredAsync(3);
        Assert.Equal(0, (await room.AlertsAsync()).GetArrayLength());
        var closed = new OfficeHours("09:00", "18:00", "UTC", []);
        await room.ChangeAsync(room.Facts with { Capacity = 7, Climate = new ClimateLimits(null, 8, null), OfficeHours = closed });
        await fixture.Service.KnowsAsync(room.Id, space => space is { Capacity: 7, Hours: not null } && space.Rules[AlertKind.HighTemp].IsOn);
        await room.SendSeriesAsync(room.Start.AddMinutes(3), 11, 60, "\"occupancy\":8,\"temp_c\":9");
        await room.StoredAsync(14);
        Assert.Equal(["HIGH_TEMP", "OCCUPANCY_MAX", "OCCUPANCY_UNEXPECTED"], (await room.AlertsAsync("?active=true")).EnumerateArray().Select(alert => alert.GetProperty("kind").GetString()!).Order(StringComparer.Ordinal));

        // A limit that is gone takes its alert along with the next sample, whatever that one says.
        await room.ChangeAsync(room.Facts with { Climate = null });
        await fixture.Service.KnowsAsync(room.Id, space => !space.Rules[AlertKind.HighTemp].IsOn);
        await room.SendSeriesAsync(room.Start.AddMinutes(14), 1, 60, "\"humidity_pct\":40");
        await room.StoredAsync(15);
        Assert.Equal("rule_disabled", Assert.Single((await room.AlertsAsync("?kind=HIGH_TEMP")).EnumerateArray()).GetProperty("resolution").GetString());
    }

    [Fact]
    public async Task A_space_that_moves_takes_its_open_alerts_along()
    {
        var (room, id) = await AlarmAsync();
        var opened = await fixture.Platform.Bus.HearAsync<AlertOpened>();
        await room.SendSeriesAsync(room.Start.AddMinutes(1), 1, 60, "\"battery_pct\":5");
        await room.StoredAsync(2);
        await PatchAsync((await fixture.Service.GetAsync($"/api/v1/alerts?spaceId={room.Id}&kind=LOW_BATTERY")).GetProperty("data")[0].GetProperty("id").GetGuid(), "resolve", new { });
        var (before, after) = (room.Facts.LocationId, Guid.CreateVersion7());
        await room.ChangeAsync(room.Facts with { LocationId = after });
        var said = await room.HeardAsync(opened, version: 2);
        Assert.Equal(
            (id, after, 2),
            (said.GetProperty("alert").GetProperty("id").GetGuid(), said.GetProperty("alert").GetProperty("locationId").GetGuid(), said.GetProperty("version").GetInt32()));
        Assert.Equal(["POWER_LOSS"], await ListAsync($"locationId={after}"));
        Assert.Equal(["LOW_BATTERY"], await ListAsync($"locationId={before}"));
        await fixture.Service.KnowsAsync(room.Id, space => space.LocationId == after);
        await fixture.Platform.SubscribedAsync(after);
        await room.SendSeriesAsync(room.Start.AddMinutes(2), 1, 60, "\"power_ok\":true");
        await room.StoredAsync(3);
        Assert.Equal("resolved", (await fixture.Service.GetAsync($"/api/v1/alerts/{id}")).GetProperty("status").GetString());
    }

    private static bool IsNews(StreamEvent e) => e.Data.GetProperty("type").GetString() != "opened";

    private async Task<(Room Room, Guid Id)> AlarmAsync()
    {
        var room = await fixture.AddRoomAsync();
        await room.SendSeriesAsync(room.Start, 1, 60, "\"power_ok\":false");
        await room.StoredAsync(1);
        return (room, Assert.Single((await room.AlertsAsync()).EnumerateArray()).GetProperty("id").GetGuid());
    }

    private async Task<JsonElement> PatchAsync(Guid id, string verb, object? body = null, string role = Roles.Admin)
    {
        using var answer = await fixture.Service.SendAsync(HttpMethod.Patch, $"/api/v1/alerts/{id}/{verb}", body, role);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Ended);
    }

    private async Task<JsonElement> PutAsync(Room room, string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await fixture.Service.SendAsync(HttpMethod.Put, $"/api/v1/iot/spaces/{room.Id}/alert-rules", content);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Ended);
    }

    private async Task<IEnumerable<string>> ListAsync(string query) =>
        (await fixture.Service.GetAsync($"/api/v1/alerts?{query}")).GetProperty("data").EnumerateArray().Select(alert => alert.GetProperty("kind").GetString()!);
}
