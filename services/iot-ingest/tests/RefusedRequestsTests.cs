using System.Net;
using System.Text;
using Coworking.Hosting.Identity;
using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests;

public sealed class RefusedRequestsTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    [Theory]
    [InlineData("telemetry?minutes=0", "minutes must be a whole number from 1 to 1440")]
    [InlineData("telemetry?minutes=1441", "minutes must be a whole number from 1 to 1440")]
    [InlineData("telemetry?minutes=x", "minutes must be a whole number from 1 to 1440")]
    [InlineData("telemetry?minutes=-5", "minutes must be a whole number from 1 to 1440")]
    [InlineData("telemetry?minutes=1.5", "minutes must be a whole number from 1 to 1440")]
    [InlineData("alerts?limit=0", "limit must be a whole number from 1 to 200")]
    [InlineData("alerts?limit=201", "limit must be a whole number from 1 to 200")]
    [InlineData("alerts?limit=99999999999", "limit must be a whole number from 1 to 200")]
    [InlineData("alerts?active=maybe", "active must be one of true, false")]
    [InlineData("alerts?kind=SMELL", "kind must be one of CO2, OCCUPANCY_MAX, OCCUPANCY_UNEXPECTED, HIGH_TEMP, LOW_TEMP, POWER_LOSS, DOOR_OPEN, LOW_BATTERY, SENSOR_ERROR, TWIN_DIVERGENCE")]
    public async Task A_query_that_cannot_be_meant_is_a_400_that_says_why(string path, string message)
    {
        var room = await fixture.AddRoomAsync();
        using var answer = await fixture.Service.SendAsync(HttpMethod.Get, $"/api/v1/iot/spaces/{room.Id}/{path}", role: Roles.User);
        Assert.Equal(message, await RunningService.ProblemAsync(answer, HttpStatusCode.BadRequest));
    }

    [Theory]
    [InlineData("rejected?reason=bad")]
    [InlineData("rejected?page=0")]
    [InlineData("rejected?pageSize=101")]
    [InlineData("stream?spaceId=7")]
    [InlineData("stream?locationId=x")]
    [InlineData("stream?events=alert,weather")]
    [InlineData("spaces/42/telemetry")]
    [InlineData("spaces/42/alerts")]
    [InlineData("spaces/42/twin")]
    [InlineData("spaces/{b6194839-7438-4587-a52e-eeef27d00282}/twin")]
    public async Task So_is_any_other(string path)
    {
        using var answer = await fixture.Service.SendAsync(HttpMethod.Get, "/api/v1/iot/" + path);
        await RunningService.ProblemAsync(answer, HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("GET", "telemetry")]
    [InlineData("GET", "alerts")]
    [InlineData("GET", "twin")]
    [InlineData("PATCH", "desired")]
    public async Task An_unknown_space_is_a_404(string method, string leaf)
    {
        using var answer = await fixture.Service.SendAsync(
            new HttpMethod(method), $"/api/v1/iot/spaces/{Guid.CreateVersion7()}/{leaf}", method == "GET" ? null : new { samplingIntervalSec = 10 });
        Assert.Equal("Space not found", await RunningService.ProblemAsync(answer, HttpStatusCode.NotFound));
    }

    [Theory]
    [InlineData("{\"samplingIntervalSec\":0}", "samplingIntervalSec must be from 1 to 3600")]
    [InlineData("{\"samplingIntervalSec\":3601}", "samplingIntervalSec must be from 1 to 3600")]
    [InlineData("{\"co2AlertThreshold\":99}", "co2AlertThreshold must be from 100 to 5000")]
    [InlineData("{\"co2AlertThreshold\":5001}", "co2AlertThreshold must be from 100 to 5000")]
    [InlineData("{\"samplingIntervalSec\":1.5}", "samplingIntervalSec has the wrong type or form")]
    [InlineData("{\"samplingIntervalSec\":[]}", "samplingIntervalSec has the wrong type or form")]
    [InlineData("{}", "Give samplingIntervalSec or co2AlertThreshold")]
    [InlineData("{\"co2_alert_threshold\":1000}", "Give samplingIntervalSec or co2AlertThreshold")]
    [InlineData("{", "The request body is not valid JSON")]
    [InlineData("", null)]
    [InlineData("null", null)]
    [InlineData("[1]", null)]
    public async Task A_desired_state_that_cannot_be_meant_is_a_400_and_changes_nothing(string body, string? message)
    {
        var room = await fixture.AddRoomAsync();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await fixture.Service.SendAsync(HttpMethod.Patch, $"/api/v1/iot/spaces/{room.Id}/desired", content);
        var said = await RunningService.ProblemAsync(answer, HttpStatusCode.BadRequest);
        Assert.Equal(message ?? said, said);
        Assert.Equal(0, (await fixture.Service.GetAsync($"/api/v1/iot/spaces/{room.Id}/twin")).GetProperty("desiredVersion").GetInt64());
    }

    [Theory]
    [InlineData("GET", "spaces/b6194839-7438-4587-a52e-eeef27d00282/telemetry")]
    [InlineData("GET", "spaces/x/telemetry")]
    [InlineData("GET", "spaces/b6194839-7438-4587-a52e-eeef27d00282/alerts?limit=0")]
    [InlineData("GET", "spaces/b6194839-7438-4587-a52e-eeef27d00282/twin")]
    [InlineData("PATCH", "spaces/b6194839-7438-4587-a52e-eeef27d00282/desired")]
    [InlineData("GET", "stream?events=x")]
    [InlineData("GET", "rejected")]
    public async Task Without_the_gateways_word_nothing_is_looked_at(string method, string path)
    {
        using var answer = await fixture.Service.SendAsync(new HttpMethod(method), "/api/v1/iot/" + path, role: null);
        await RunningService.ProblemAsync(answer, HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Only_an_admin_may_ask_a_device_for_something()
    {
        var room = await fixture.AddRoomAsync();
        using var answer = await fixture.Service.SendAsync(HttpMethod.Patch, $"/api/v1/iot/spaces/{room.Id}/desired", new { samplingIntervalSec = 5 }, Roles.User);
        Assert.Equal("This endpoint requires admin access", await RunningService.ProblemAsync(answer, HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task Health_is_open_and_an_unknown_address_is_a_404()
    {
        foreach (var path in (string[])["/health", "/health/live", "/health/ready"])
        {
            using var healthy = await fixture.Service.SendAsync(HttpMethod.Get, path, role: null);
            Assert.Equal(HttpStatusCode.OK, healthy.StatusCode);
        }

        using var answer = await fixture.Service.SendAsync(HttpMethod.Get, "/api/v1/iot/nothing");
        await RunningService.ProblemAsync(answer, HttpStatusCode.NotFound);
    }
}
