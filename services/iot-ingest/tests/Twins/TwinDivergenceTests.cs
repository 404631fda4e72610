using System.Text.Json;
using System.Threading.Channels;
using Coworking.Contracts;
using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests.Twins;

public sealed class TwinDivergenceTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_device_that_does_not_follow_for_two_minutes_has_diverged_and_that_is_said_once()
    {
        var room = await fixture.AddRoomAsync();
        var (diverged, converged) = (await fixture.Platform.Bus.HearAsync<TwinDiverged>(), await fixture.Platform.Bus.HearAsync<TwinConverged>());
        await fixture.ReportAsync(room, 1, 10, 1000);
        await fixture.DesireAsync(room, new { samplingIntervalSec = 30 });
        await fixture.PublishedAsync(room);
        await fixture.WatchAsync();
        Assert.Equal("pending", (await fixture.StateAsync(room)).Status);

        await fixture.AgeAsync(room);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => fixture.WatchAsync()));
        Assert.Equal("diverged", (await fixture.StateAsync(room)).Status);
        var said = await NextAsync(diverged, room);
        Assert.Equal((2L, "samplingIntervalSec"), (Number(said, "version"), Assert.Single(said.GetProperty("fields").EnumerateArray()).GetString()));
        var alert = Assert.Single((await room.AlertsAsync("?kind=TWIN_DIVERGENCE")).EnumerateArray());
        Assert.Equal(30, Number(alert.GetProperty("metaJson").GetProperty("delta").GetProperty("samplingIntervalSec"), "desired"));

        // Still different, whatever is asked: the same divergence.
        await fixture.DesireAsync(room, new { samplingIntervalSec = 31 });
        await fixture.ReportAsync(room, 2, 29, 1000);
        await fixture.AgeAsync(room);
        await fixture.WatchAsync();
        await fixture.ReportAsync(room, 3, 31, 1000);
        Assert.Equal(("sync", 5L), ((await fixture.StateAsync(room)).Status, Number(await NextAsync(converged, room), "version")));
        Assert.False(diverged.TryRead(out var more) && more.GetProperty("spaceId").GetGuid() == room.Id);
        Assert.Equal("back_to_normal", Assert.Single((await room.AlertsAsync("?kind=TWIN_DIVERGENCE")).EnumerateArray()).GetProperty("resolution").GetString());

        // Another one, which ends because what is asked is what the device does.
        await fixture.DesireAsync(room, new { samplingIntervalSec = 60 });
        await fixture.PublishedAsync(room);
        await fixture.AgeAsync(room);
        await fixture.WatchAsync();
        Assert.Equal(6, Number(await NextAsync(diverged, room), "version"));
        await fixture.DesireAsync(room, new { samplingIntervalSec = 31 });
        Assert.Equal(7, Number(await NextAsync(converged, room), "version"));
        Assert.Equal(2, (await room.AlertsAsync("?kind=TWIN_DIVERGENCE")).EnumerateArray().Count(row => row.GetProperty("resolvedAt").ValueKind != JsonValueKind.Null));
    }

    [Fact]
    public async Task A_device_that_falls_back_by_itself_gets_two_minutes_from_then()
    {
        var room = await fixture.AddRoomAsync();
        await fixture.DesireAsync(room, new { samplingIntervalSec = 30 });
        await fixture.ReportAsync(room, 1, 30, 1000);
        await fixture.PublishedAsync(room);
        await fixture.AgeAsync(room);
        await fixture.ReportAsync(room, 2, 10, 1000);
        await fixture.WatchAsync();
        Assert.Equal("pending", (await fixture.StateAsync(room)).Status);
        await fixture.AgeAsync(room);
        await fixture.WatchAsync();
        Assert.Equal("diverged", (await fixture.StateAsync(room)).Status);
    }

    [Fact]
    public async Task A_space_without_any_device_does_not_diverge_until_one_is_registered()
    {
        var room = await fixture.AddRoomAsync();
        await fixture.DesireAsync(room, new { samplingIntervalSec = 30 });
        await fixture.PublishedAsync(room);
        await fixture.AgeAsync(room);
        await fixture.WatchAsync();
        Assert.Equal("pending", (await fixture.StateAsync(room)).Status);

        await fixture.Platform.ExecuteAsync(
            "insert into devices (id, serial_number, space_id, key_hash, mqtt_username, mqtt_salt, created_at, updated_at) values ($1, $2, $3, '', '', '', now(), now())",
            Guid.CreateVersion7(), room.Id.ToString(), room.Id);
        await fixture.WatchAsync();
        Assert.Equal("pending", (await fixture.StateAsync(room)).Status);
        await fixture.Platform.ExecuteAsync("update devices set created_at = created_at - interval '3 minutes' where space_id = $1", room.Id);
        await fixture.WatchAsync();
        Assert.Equal("diverged", (await fixture.StateAsync(room)).Status);
    }

    [Fact]
    public async Task A_rule_that_is_disabled_takes_the_alert_away_and_not_the_fact()
    {
        var room = await fixture.AddRoomAsync();
        var diverged = await fixture.Platform.Bus.HearAsync<TwinDiverged>();
        await fixture.Platform.ExecuteAsync("insert into alert_rules (space_id, kind, enabled) values ($1, 'TWIN_DIVERGENCE', false)", room.Id);
        await fixture.ReportAsync(room, 1, 10, 1000);
        await fixture.DesireAsync(room, new { samplingIntervalSec = 30 });
        await fixture.PublishedAsync(room);
        await fixture.AgeAsync(room);
        await fixture.WatchAsync();
        Assert.Equal(2, Number(await NextAsync(diverged, room), "version"));
        Assert.Equal(0, (await room.AlertsAsync()).GetArrayLength());
    }

    private static long Number(JsonElement message, string name) => message.GetProperty(name).GetInt64();

    private static async Task<JsonElement> NextAsync(ChannelReader<JsonElement> heard, Room room)
    {
        while (true)
        {
            var message = await heard.ReadAsync(Ended).AsTask().WaitAsync(TestPlatform.Limit, Ended);

            if (message.GetProperty("spaceId").GetGuid() == room.Id)
            {
                return message;
            }
        }
    }
}
