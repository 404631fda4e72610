using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Coworking.IotIngest.Tests.Running;
using Coworking.Local;
using Coworking.Mqtt;

namespace Coworking.IotIngest.Tests.Devices;

/// <summary>Who may do what at a real broker where devices without an account may do nothing (reliability.md S1).</summary>
public sealed class BrokerRightsTests(StrictFixture fixture) : IClassFixture<StrictFixture>
{
    private const int Seed = 20261121;
    private const int Tries = 3000;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_device_does_its_own_and_nothing_else()
    {
        var (own, other) = (await fixture.AddRoomAsync(), await fixture.AddRoomAsync());
        var device = await fixture.Service.RegisterAsync(own);
        await fixture.Platform.Options(device).ListenedToAsync(own);
        await using var connection = await MqttConnection.ConnectAsync(fixture.Platform.Options(device), Deaf.Instance, Ended);

        Assert.Equal(MqttReasonCode.Success, await connection.PublishAsync(own.Topic, DeviceCalls.Sample(own.Start)));
        Assert.Equal(MqttReasonCode.Success, await connection.PublishAsync(own.TopicOf("reported"), DeviceCalls.Sample(own.Start, "\"samplingIntervalSec\":10")));
        Assert.Equal(MqttReasonCode.GrantedQoS1, await connection.SubscribeAsync(own.TopicOf("desired")));

        string[] refused =
        [
            other.Topic, other.TopicOf("reported"), own.TopicOf("desired"), other.TopicOf("desired"), own.TopicOf("telemetry/x"), $"sites/{own.Facts.LocationId}/offices/{own.Id}", "x",
            $"sites/{other.Facts.LocationId}/offices/{own.Id}/telemetry", "$CONTROL/dynamic-security/v1", "$SYS/broker/uptime",
        ];

        string[] unheard =
        [
            "#", "+/#", "sites/#", "sites/+/offices/+/desired", other.TopicOf("desired"), own.Topic, other.Topic, own.TopicOf("#"), own.TopicOf("+"), "$SYS/#",
            "$CONTROL/#", "$CONTROL/dynamic-security/v1/response", $"$share/g/{own.TopicOf("telemetry")}",
        ];

        foreach (var filter in unheard)
        {
            Assert.True(await connection.SubscribeAsync(filter) >= MqttReasonCode.UnspecifiedError, filter);
        }

        foreach (var topic in refused)
        {
            Assert.Equal(MqttReasonCode.NotAuthorized, await fixture.Platform.Options(device).TryAsync(topic, DeviceCalls.Sample(own.Start.AddSeconds(1))));
        }

        await own.StoredAsync(1);
        await other.StoredAsync(0);
    }

    [Fact]
    public async Task A_foreign_client_without_the_right_password_or_name_is_turned_away()
    {
        var room = await fixture.AddRoomAsync();
        var device = await fixture.Service.RegisterAsync(room);
        await fixture.Platform.Options(device).ListenedToAsync(room);
        Assert.Equal(0, await PublishAsync(room.Topic, room.Start, "-u", device.Username, "-P", device.Password, "-i", device.ClientId));
        Assert.NotEqual(0, await PublishAsync(room.Topic, room.Start, "-u", device.Username, "-P", "wrong", "-i", device.ClientId));
        Assert.NotEqual(0, await PublishAsync(room.Topic, room.Start, "-u", "device-nobody", "-P", device.Password));
        // A session name of another would push that other out, the service's own first.
        Assert.NotEqual(0, await PublishAsync(room.Topic, room.Start, "-u", device.Username, "-P", device.Password, "-i", "iot-ingest-0"));
        await room.StoredAsync(1);
    }

    [Fact]
    public async Task Rotated_and_removed_credentials_end_at_once_and_cut_the_connection()
    {
        var room = await fixture.AddRoomAsync();
        var first = await fixture.Service.RegisterAsync(room);
        await fixture.Platform.Options(first).ListenedToAsync(room);
        await using var connected = await MqttConnection.ConnectAsync(fixture.Platform.Options(first), Deaf.Instance, Ended);

        var second = await fixture.Service.RotateAsync(first);
        await CutAsync(connected);
        await Assert.ThrowsAsync<MqttConnectException>(() => MqttConnection.ConnectAsync(fixture.Platform.Options(first), Deaf.Instance, Ended));
        using (var old = await fixture.Service.PostAsync(first.Serial, first.ApiKey, DeviceCalls.Sample(room.Start)))
        {
            Assert.Equal("Invalid device key", await RunningService.ProblemAsync(old, System.Net.HttpStatusCode.Unauthorized));
        }

        await using var again = await MqttConnection.ConnectAsync(fixture.Platform.Options(second), Deaf.Instance, Ended);
        Assert.Equal(MqttReasonCode.Success, await again.PublishAsync(room.Topic, DeviceCalls.Sample(room.Start)));
        using var removed = await fixture.Service.SendAsync(HttpMethod.Delete, $"/api/v1/devices/{second.Id}");
        await CutAsync(again);
        await Assert.ThrowsAsync<MqttConnectException>(() => MqttConnection.ConnectAsync(fixture.Platform.Options(second), Deaf.Instance, Ended));
        using var gone = await fixture.Service.PostAsync(second.Serial, second.ApiKey, DeviceCalls.Sample(room.Start));
        await RunningService.ProblemAsync(gone, System.Net.HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Thousands_of_tries_of_what_is_not_allowed_change_nothing_and_reach_nobody()
    {
        var rooms = new[] { await fixture.AddRoomAsync(), await fixture.AddRoomAsync(), await fixture.AddRoomAsync() };
        var victim = rooms[0];
        var device = await fixture.Service.RegisterAsync(rooms[1]);
        await fixture.Platform.Options(device).ListenedToAsync(rooms[1]);
        var heard = new ConcurrentBag<string>();
        var broker = fixture.Platform.Broker;
        var watch = new MqttClientOptions { Host = broker.Host, Port = broker.Port, ClientId = "watch", Username = broker.Username, Password = broker.Password };
        await using var watcher = new MqttClient(watch, message =>
        {
            heard.Add(message.Topic);
            return ValueTask.CompletedTask;
        });
        await watcher.StartAsync(Ended);
        await watcher.SubscribeAsync([new MqttTopicFilter("sites/+/offices/+/telemetry", MqttQualityOfServiceLevel.AtLeastOnce), new("sites/+/offices/+/reported", MqttQualityOfServiceLevel.AtLeastOnce)], Ended);
        var registered = fixture.Platform.Options(device);
        var anonymous = new MqttClientOptions { Host = broker.Host, Port = broker.Port, ClientId = "nobody" };
        var random = new Random(Seed);
        var before = await fixture.Platform.ScalarAsync<long>("select count(*) from rejected_readings");

        for (var i = 0; i < Tries; i++)
        {
            var isAnonymous = random.Next(2) == 0;
            var room = isAnonymous ? rooms[random.Next(3)] : rooms[random.Next(2) * 2];
            var leaf = random.Next(3) switch { 0 => "telemetry", 1 => "reported", _ => "desired" };
            var code = await (isAnonymous ? anonymous : registered).TryAsync(room.TopicOf(leaf), DeviceCalls.Sample(victim.Start.AddMilliseconds(i)));
            Assert.Equal(MqttReasonCode.NotAuthorized, code);
        }

        await using var listener = await MqttConnection.ConnectAsync(anonymous, Deaf.Instance, Ended);
        Assert.True(await listener.SubscribeAsync("#") >= MqttReasonCode.UnspecifiedError);
        Assert.True(await listener.SubscribeAsync(victim.TopicOf("desired")) >= MqttReasonCode.UnspecifiedError);
        // What is allowed comes through behind it all, so that the silence means something.
        Assert.Equal(MqttReasonCode.Success, await registered.TryAsync(rooms[1].Topic, DeviceCalls.Sample(victim.Start)));
        await rooms[1].StoredAsync(1);
        await Wait.UntilAsync(() => !heard.IsEmpty, TestPlatform.Limit, "the allowed one heard", Ended);
        Assert.Equal([rooms[1].Topic], heard);
        await victim.StoredAsync(0);
        await rooms[2].StoredAsync(0);
        Assert.Equal(before, await fixture.Platform.ScalarAsync<long>("select count(*) from rejected_readings"));
    }

    private static async Task CutAsync(MqttConnection connection)
    {
        // Five seconds are promised, and a connection that nobody cuts lives for ever.
        await connection.Completion.WaitAsync(TestPlatform.Limit, Ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.False(connection.IsConnected);
    }

    /// <summary>The exit code of mosquitto_pub.</summary>
    private async Task<int> PublishAsync(string topic, DateTimeOffset at, params string[] account)
    {
        var port = fixture.Platform.Broker.Port.ToString(CultureInfo.InvariantCulture);
        using var process = Process.Start("mosquitto_pub", ["-V", "5", "-q", "1", "-p", port, "-t", topic, "-m", DeviceCalls.Sample(at), .. account]);
        await process.WaitForExitAsync(Ended);
        return process.ExitCode;
    }
}
