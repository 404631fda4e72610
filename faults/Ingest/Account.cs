using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Coworking.Bench;
using Coworking.Mqtt;

namespace Coworking.Faults.Ingest;

/// <summary>A registered device with the secrets that were shown once.</summary>
internal sealed record Account(Guid Id, BenchSpace Space, MqttClientOptions Options)
{
    public static async Task<Account> RegisterAsync(Stage stage, HttpClient http, BenchSpace space, CancellationToken cancellationToken)
    {
        using var request = stage.Question("/api/v1/devices");
        request.Method = HttpMethod.Post;
        request.Content = JsonContent.Create(new { serialNumber = $"SN-{Guid.CreateVersion7():N}", spaceId = space.Id });
        return await AnswerAsync(stage, http, request, space, cancellationToken);
    }

    /// <summary>The same device under a new password.</summary>
    public async Task<Account> RotateAsync(Stage stage, HttpClient http, CancellationToken cancellationToken)
    {
        using var request = stage.Question($"/api/v1/devices/{Id}/rotate-key");
        request.Method = HttpMethod.Post;
        return await AnswerAsync(stage, http, request, Space, cancellationToken);
    }

    public async Task RemoveAsync(Stage stage, HttpClient http, CancellationToken cancellationToken)
    {
        using var request = stage.Question($"/api/v1/devices/{Id}");
        request.Method = HttpMethod.Delete;
        using var answer = await http.SendAsync(request, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Publishes over a connection of its own: Mosquitto 2.0.11 answers what is not allowed with 0x87, and then closes.</summary>
    public static async Task<MqttReasonCode> PublishAsync(MqttClientOptions options, string topic, string payload, CancellationToken cancellationToken)
    {
        await using var connection = await MqttConnection.ConnectAsync(options, Deaf.Instance, cancellationToken);
        var message = new MqttApplicationMessage { Topic = topic, Payload = Encoding.UTF8.GetBytes(payload), QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce };
        return await connection.PublishAsync(message, cancellationToken);
    }

    public static async Task<MqttReasonCode> SubscribeAsync(MqttClientOptions options, string filter, CancellationToken cancellationToken)
    {
        await using var connection = await MqttConnection.ConnectAsync(options, Deaf.Instance, cancellationToken);
        return (await connection.SubscribeAsync([new MqttTopicFilter(filter, MqttQualityOfServiceLevel.AtLeastOnce)], cancellationToken))[0];
    }

    private static async Task<Account> AnswerAsync(Stage stage, HttpClient http, HttpRequestMessage request, BenchSpace space, CancellationToken cancellationToken)
    {
        using var answer = await http.SendAsync(request, cancellationToken);
        answer.EnsureSuccessStatusCode();
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        var mqtt = body.GetProperty("mqtt");
        return new Account(body.GetProperty("id").GetGuid(), space, new MqttClientOptions
        {
            Host = "127.0.0.1",
            Port = stage.Servers.Mosquitto.Port,
            ClientId = mqtt.GetProperty("clientId").GetString()!,
            Username = mqtt.GetProperty("username").GetString(),
            Password = mqtt.GetProperty("password").GetString(),
        });
    }
}

/// <summary>Hears nothing.</summary>
internal sealed class Deaf : IMqttMessageHandler
{
    public static readonly Deaf Instance = new();

    public ValueTask HandleAsync(in MqttPublishFrame frame) => ValueTask.CompletedTask;
}
