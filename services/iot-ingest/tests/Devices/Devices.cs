using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Coworking.IotIngest.Devices;
using Coworking.IotIngest.Tests.Running;
using Coworking.Mqtt;

namespace Coworking.IotIngest.Tests.Devices;

/// <summary>A registered device as its owner holds it: with the secrets that were shown once.</summary>
internal sealed record Registered(Guid Id, string Serial, string ApiKey, string Username, string Password, string ClientId)
{
    internal static Registered Of(JsonElement answer) => new(
        answer.GetProperty("id").GetGuid(),
        answer.GetProperty("serialNumber").GetString()!,
        answer.GetProperty("apiKey").GetString()!,
        answer.GetProperty("mqtt").GetProperty("username").GetString()!,
        answer.GetProperty("mqtt").GetProperty("password").GetString()!,
        answer.GetProperty("mqtt").GetProperty("clientId").GetString()!);
}

/// <summary>What the tests of devices have in common.</summary>
internal static class DeviceCalls
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    internal static async Task<Registered> RegisterAsync(this RunningService service, Room room, string? serial = null)
    {
        using var answer = await service.SendAsync(HttpMethod.Post, "/api/v1/devices", new { serialNumber = serial ?? $"SN-{Guid.CreateVersion7():N}", spaceId = room.Id });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(Ended);
        Assert.Equal(
            ["apiKey", "createdAt", "firmwareVersion", "id", "lastSeenAt", "locationId", "mqtt", "online", "serialNumber", "spaceId", "updatedAt"],
            body.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        var device = Registered.Of(body);
        await Coworking.Local.Wait.UntilAsync(
            () => service.Service<DeviceDirectory>().Find(device.Id) is not null, TestPlatform.Limit, "the device known", Ended);
        return device;
    }

    internal static async Task<Registered> RotateAsync(this RunningService service, Registered device)
    {
        using var answer = await service.SendAsync(HttpMethod.Post, $"/api/v1/devices/{device.Id}/rotate-key");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return Registered.Of(await answer.Content.ReadFromJsonAsync<JsonElement>(Ended));
    }

    internal static Task<HttpResponseMessage> PostAsync(this RunningService service, string serial, string? key, string body) => service.SendAsync(
        HttpMethod.Post, $"/api/v1/readings/devices/{serial}/readings", new StringContent(body, Encoding.UTF8, "application/json"), role: null,
        more: request =>
        {
            if (key is not null)
            {
                request.Headers.Add("x-device-key", key);
            }
        });

    internal static MqttClientOptions Options(this TestPlatform platform, Registered device) => new()
    {
        Host = platform.Broker.Host,
        Port = platform.Broker.Port,
        ClientId = device.ClientId,
        Username = device.Username,
        Password = device.Password,
    };

    internal static async Task<MqttReasonCode> PublishAsync(this MqttConnection connection, string topic, string payload) => await connection.PublishAsync(
        new MqttApplicationMessage { Topic = topic, Payload = Encoding.UTF8.GetBytes(payload), QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce }, Ended);

    /// <summary>Publishes over a connection of its own: Mosquitto 2.0.11 answers what is not allowed with 0x87, and then closes.</summary>
    internal static async Task<MqttReasonCode> TryAsync(this MqttClientOptions account, string topic, string payload)
    {
        await using var connection = await MqttConnection.ConnectAsync(account, Deaf.Instance, Ended);
        return await connection.PublishAsync(topic, payload);
    }

    /// <summary>Returns when somebody listens to this device. It reports, because its readings are counted.</summary>
    internal static Task ListenedToAsync(this MqttClientOptions account, Room room) => Coworking.Local.Wait.UntilAsync(
        async () => await account.TryAsync(room.TopicOf("reported"), Sample(room.Start, "\"samplingIntervalSec\":10")) == MqttReasonCode.Success,
        TestPlatform.Limit, $"a subscription to {room.Topic}", Ended);

    internal static async Task<MqttReasonCode> SubscribeAsync(this MqttConnection connection, string filter) =>
        (await connection.SubscribeAsync([new MqttTopicFilter(filter, MqttQualityOfServiceLevel.AtLeastOnce)], Ended))[0];

    internal static string Sample(DateTimeOffset at, string member = "\"temp_c\":4.5") => $"{{\"ts\":\"{Room.Text(at)}\",{member}}}";
}

/// <summary>Hears nothing; for connections that only speak.</summary>
internal sealed class Deaf : IMqttMessageHandler
{
    internal static readonly Deaf Instance = new();

    public ValueTask HandleAsync(in MqttPublishFrame frame) => ValueTask.CompletedTask;
}
