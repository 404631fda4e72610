using System.Text.Json;
using System.Threading.Channels;
using Coworking.Contracts;
using Coworking.IotIngest.Devices;
using Coworking.IotIngest.Tests.Running;
using Coworking.Local;

namespace Coworking.IotIngest.Tests.Devices;

public sealed class PresenceTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_device_comes_online_when_it_speaks_and_goes_offline_when_it_was_silent_and_each_is_said_once()
    {
        var (came, went) = (await fixture.Platform.Bus.HearAsync<DeviceCameOnline>(), await fixture.Platform.Bus.HearAsync<DeviceWentOffline>());
        var room = await fixture.AddRoomAsync();
        var device = await fixture.Service.RegisterAsync(room);
        await using var second = await fixture.Platform.StartAsync();

        // It is alone in its space: messages that name nobody are its own.
        await room.SendAsync(DeviceCalls.Sample(room.Start));
        Assert.Equal(1, await VersionAsync(came, device));
        var row = await fixture.Service.GetAsync($"/api/v1/devices/{device.Id}");
        Assert.True(row.GetProperty("online").GetBoolean());
        Assert.True(TimeProvider.System.GetUtcNow() - row.GetProperty("lastSeenAt").GetDateTimeOffset() < TestPlatform.Limit);

        // Fourteen minutes are a pause, sixteen are silence; two replicas say it once.
        await SilentAsync(device, minutes: 14);
        await SweepAsync(second);
        Assert.True((await fixture.Service.GetAsync($"/api/v1/devices/{device.Id}")).GetProperty("online").GetBoolean());
        await SilentAsync(device, minutes: 16);
        await SweepAsync(second);
        Assert.Equal(2, await VersionAsync(went, device));
        Assert.False((await fixture.Service.GetAsync($"/api/v1/devices/{device.Id}")).GetProperty("online").GetBoolean());

        // Known everywhere, so that whichever replica hears it next tells at once.
        await Wait.UntilAsync(() => new[] { fixture.Service, second }.All(service => service.Service<DeviceDirectory>().Find(device.Id) is { IsOnline: false }), TestPlatform.Limit, "silent everywhere", Ended);
        await room.SendAsync(DeviceCalls.Sample(room.Start.AddSeconds(1)));
        Assert.Equal(3, await VersionAsync(came, device));
        Assert.Equal(3, await fixture.Platform.ScalarAsync<long>("select presence_version from devices where id = $1", device.Id));
    }

    [Fact]
    public async Task A_slow_sampler_may_be_silent_for_three_of_its_intervals()
    {
        var room = await fixture.AddRoomAsync();
        var device = await fixture.Service.RegisterAsync(room);
        using var desired = await fixture.Service.SendAsync(HttpMethod.Patch, $"/api/v1/iot/spaces/{room.Id}/desired", new { samplingIntervalSec = 600 });
        Assert.True(desired.IsSuccessStatusCode);
        await fixture.Platform.ExecuteAsync("update devices set online = true where id = $1", device.Id);

        await SilentAsync(device, minutes: 29);
        await SweepAsync(fixture.Service);
        Assert.Equal(0, await fixture.Platform.ScalarAsync<long>("select presence_version from devices where id = $1", device.Id));
        await SilentAsync(device, minutes: 31);
        // Who was away for an hour has heard nothing of it, and says nothing.
        await fixture.Platform.ExecuteAsync("update silence_watch set listening_since = now() - interval '1 minute'");
        await SweepAsync(fixture.Service);
        Assert.Equal(0, await fixture.Platform.ScalarAsync<long>("select presence_version from devices where id = $1", device.Id));
        await SilentAsync(device, minutes: 31);
        await SweepAsync(fixture.Service);
        Assert.Equal(1, await fixture.Platform.ScalarAsync<long>("select presence_version from devices where id = $1", device.Id));
    }

    [Fact]
    public async Task A_message_belongs_to_the_device_that_it_names_and_of_two_that_nobody_named_to_none()
    {
        var room = await fixture.AddRoomAsync();
        var (first, second) = (await fixture.Service.RegisterAsync(room), await fixture.Service.RegisterAsync(room));
        var elsewhere = await fixture.Service.RegisterAsync(await fixture.AddRoomAsync());
        var before = await fixture.Platform.ScalarAsync<long>("select count(*) from rejected_readings where reason = 'unknown_device'");

        await room.SendAsync(DeviceCalls.Sample(room.Start));
        await room.SendAsync(DeviceCalls.Sample(room.Start.AddSeconds(1), $"\"temp_c\":4,\"device\":\"{second.Serial}\""));
        await room.SendAsync(DeviceCalls.Sample(room.Start.AddSeconds(2), $"\"temp_c\":4,\"device\":\"{elsewhere.Serial}\""));
        await room.SendAsync(DeviceCalls.Sample(room.Start.AddSeconds(3), "\"temp_c\":4,\"device\":\"SN-nobody\""));
        await room.SendAsync(DeviceCalls.Sample(room.Start.AddSeconds(4), $"\"samplingIntervalSec\":10,\"firmwareVersion\":\"3.1.0\",\"device\":\"{second.Serial}\""), "reported");
        await room.StoredAsync(2);
        await fixture.Platform.UntilAsync("select count(*) from rejected_readings where reason = 'unknown_device'", before + 2);
        await fixture.Platform.UntilAsync("select count(*) from devices where id = $1 and online and firmware_version = '3.1.0'", 1, second.Id);
        Assert.Equal(0, await fixture.Platform.ScalarAsync<long>("select count(*) from devices where id = any($1) and online", (Guid[])[first.Id, elsewhere.Id]));
    }

    private static Task SweepAsync(RunningService service) => service.Hosted<SilenceWatch>().RunOnceAsync(Ended);

    private async Task SilentAsync(Registered device, int minutes)
    {
        await fixture.Platform.ListeningAsync();
        await fixture.Platform.ExecuteAsync("update devices set last_seen_at = now() - make_interval(mins => $2) where id = $1", device.Id, minutes);
    }

    private static async Task<long> VersionAsync(ChannelReader<JsonElement> heard, Registered device)
    {
        while (true)
        {
            var message = await heard.ReadAsync(Ended).AsTask().WaitAsync(TestPlatform.Limit, Ended);

            if (message.GetProperty("deviceId").GetGuid() == device.Id)
            {
                return message.GetProperty("version").GetInt64();
            }
        }
    }
}
