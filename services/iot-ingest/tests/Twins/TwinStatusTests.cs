using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Coworking.Hosting.Identity;
using Coworking.IotIngest.Tests.Running;
using Coworking.IotIngest.Twins;

namespace Coworking.IotIngest.Tests.Twins;

public sealed class TwinStatusTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_twin_says_what_differs_and_since_when()
    {
        var room = await fixture.AddRoomAsync();
        Assert.Equal(("sync", "{}", "\"0\""), await fixture.StateAsync(room));

        await fixture.DesireAsync(room, new { samplingIntervalSec = 30 });
        Assert.Equal(
            ("pending", """{"samplingIntervalSec":{"desired":30,"reported":null},"co2AlertThreshold":{"desired":1000,"reported":null}}""", "\"1\""), await fixture.StateAsync(room));
        var since = (await fixture.TwinAsync(room)).GetProperty("since").GetDateTimeOffset();

        await fixture.ReportAsync(room, 1, 30, 900);
        Assert.Equal(("pending", """{"co2AlertThreshold":{"desired":1000,"reported":900}}""", "\"1\""), await fixture.StateAsync(room));
        Assert.Equal(since, (await fixture.TwinAsync(room)).GetProperty("since").GetDateTimeOffset());

        await fixture.ReportAsync(room, 2, 30, 1000);
        Assert.Equal(("sync", "{}", "\"1\""), await fixture.StateAsync(room));
        Assert.True((await fixture.TwinAsync(room)).GetProperty("since").GetDateTimeOffset() > since);
        Assert.Equal((1L, 2L), (Number(await fixture.TwinAsync(room), "desiredVersion"), Number(await fixture.TwinAsync(room), "reportedVersion")));
    }

    [Theory]
    [InlineData(null, HttpStatusCode.OK)]
    [InlineData("*", HttpStatusCode.OK)]
    [InlineData("\"1\"", HttpStatusCode.OK)]
    [InlineData("\"7\", \"1\"", HttpStatusCode.OK)]
    [InlineData("\"0\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("\"2\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("\"01\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("\"one\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("W/\"1\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("1", HttpStatusCode.BadRequest)]
    [InlineData("\"1", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.BadRequest)]
    [InlineData("\"1\" \"2\"", HttpStatusCode.BadRequest)]
    public async Task A_change_may_be_tied_to_the_version_it_was_made_for(string? ifMatch, HttpStatusCode status)
    {
        var room = await fixture.AddRoomAsync();
        await fixture.DesireAsync(room, new { samplingIntervalSec = 30 });
        using var answer = await fixture.PatchAsync(room, new { samplingIntervalSec = 31 }, ifMatch);

        if (status == HttpStatusCode.OK)
        {
            Assert.Equal(("\"2\"", HttpStatusCode.OK), (answer.Headers.ETag?.Tag, answer.StatusCode));
            return;
        }

        var text = await answer.Content.ReadAsStringAsync(Ended);
        await RunningService.ProblemAsync(answer, status);
        using var problem = JsonDocument.Parse(text);
        Assert.Equal(status == HttpStatusCode.PreconditionFailed ? "twin.version_stale" : "request.invalid", problem.RootElement.GetProperty("code").GetString());
        Assert.Equal(status == HttpStatusCode.BadRequest, problem.RootElement.TryGetProperty("errors", out var errors) && errors.TryGetProperty("If-Match", out _));
        Assert.Equal(1, Number(await fixture.TwinAsync(room), "desiredVersion"));
    }

    [Fact]
    public async Task Of_changes_made_for_the_same_version_at_once_one_wins()
    {
        var room = await fixture.AddRoomAsync();

        for (var version = 0; version < 5; version++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => fixture.PatchAsync(room, new { samplingIntervalSec = 100 + (10 * version) + i }, $"\"{version}\"")));
            Assert.Equal([200, .. Enumerable.Repeat(412, 7)], answers.Select(answer => (int)answer.StatusCode).Order());
            Assert.Equal(version + 1, Number(await fixture.TwinAsync(room), "desiredVersion"));
            Array.ForEach(answers, answer => answer.Dispose());
        }
    }

    [Fact]
    public async Task What_changes_nothing_has_the_same_version_and_only_given_fields_change()
    {
        var room = await fixture.AddRoomAsync();
        await fixture.DesireAsync(room, new { samplingIntervalSec = 30, co2AlertThreshold = 800 });
        using var same = await fixture.PatchAsync(room, new { co2AlertThreshold = 800 }, "\"1\"");
        Assert.Equal("\"1\"", same.Headers.ETag?.Tag);
        var row = await fixture.DesireAsync(room, new { co2AlertThreshold = 900 });
        Assert.Equal((30, 900, 2), (Number(row, "samplingIntervalSec"), Number(row, "co2AlertThreshold"), Number(row, "version")));
        Assert.Equal(2, await fixture.Platform.ScalarAsync<long>("select count(*) from twin_history where space_id = $1", room.Id));
    }

    [Fact]
    public async Task History_keeps_what_was_asked_and_what_was_said_the_late_included_and_copies_not()
    {
        var room = await fixture.AddRoomAsync();
        await fixture.DesireAsync(room, new { samplingIntervalSec = 30 });
        await fixture.DesireAsync(room, new { samplingIntervalSec = 40 });

        foreach (var (minute, sampling) in ((int, int)[])[(2, 30), (1, 10), (2, 30), (2, 40), (1, 10)])
        {
            await fixture.SendReportAsync(room, minute, sampling, 1000);
        }

        await fixture.Platform.UntilAsync("select count(*) from twin_history where space_id = $1", 5, room.Id);
        var page = await fixture.Service.GetAsync($"/api/v1/iot/spaces/{room.Id}/twin/history");
        Assert.Equal(
            ["desired 2 40 True key:test", "desired 1 30 False key:test", "reported 2 40 True ", "reported 1 30 False ", "reported  10 False "],
            page.GetProperty("data").EnumerateArray().Select(entry =>
                $"{entry.GetProperty("kind")} {entry.GetProperty("version")} {entry.GetProperty("payload").GetProperty("samplingIntervalSec")} {entry.GetProperty("current")} {entry.GetProperty("by")}"));
        Assert.Equal(room.Start.AddMinutes(2), page.GetProperty("data")[2].GetProperty("at").GetDateTimeOffset());
        Assert.Equal("1.0.0", page.GetProperty("data")[2].GetProperty("payload").GetProperty("firmwareVersion").GetString());

        var second = await fixture.Service.GetAsync($"/api/v1/iot/spaces/{room.Id}/twin/history?page=2&pageSize=2");
        Assert.Equal((2, 5), (second.GetProperty("data").GetArrayLength(), (int)Number(second.GetProperty("meta"), "total")));

        // A year and a month later only what is in force is left.
        await fixture.Platform.ExecuteAsync("update twin_history set received_at = received_at - interval '401 days' where space_id = $1", room.Id);
        await fixture.Platform.ExecuteAsync(TwinHistory.Forget, TwinHistory.Kept);
        Assert.Equal(["desired 2", "reported 2"], await fixture.Platform.ListAsync(
            "select kind || ' ' || version from twin_history where space_id = $1 order by 1", reader => reader.GetString(0), room.Id));
    }

    [Theory]
    [InlineData("twin/history?page=0", HttpStatusCode.BadRequest)]
    [InlineData("twin/history?pageSize=101", HttpStatusCode.BadRequest)]
    public async Task A_page_that_cannot_be_meant_is_a_400(string path, HttpStatusCode status)
    {
        var room = await fixture.AddRoomAsync();
        using var answer = await fixture.Service.SendAsync(HttpMethod.Get, $"/api/v1/iot/spaces/{room.Id}/{path}", role: Roles.User);
        await RunningService.ProblemAsync(answer, status);
        using var unknown = await fixture.Service.SendAsync(HttpMethod.Get, $"/api/v1/iot/spaces/{Guid.CreateVersion7()}/twin/history");
        await RunningService.ProblemAsync(unknown, HttpStatusCode.NotFound);
        using var nobody = await fixture.Service.SendAsync(HttpMethod.Get, $"/api/v1/iot/spaces/{room.Id}/{path}", role: null);
        await RunningService.ProblemAsync(nobody, HttpStatusCode.Unauthorized);
    }

    private static long Number(JsonElement message, string name) => message.GetProperty(name).GetInt64();
}
