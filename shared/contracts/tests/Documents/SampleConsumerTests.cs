using System.Text;
using System.Text.Json.Nodes;
using Coworking.Contracts.Tests.WireForms;
using Coworking.Local;
using RabbitMQ.Client;

namespace Coworking.Contracts.Tests.Documents;

public sealed class SampleConsumerTests
{
    [Fact]
    public async Task A_team_without_dotnet_sees_an_alert_that_opens()
    {
        var stop = TestContext.Current.CancellationToken;
        var rabbit = await LocalServers.SharedRabbitAsync();
        var address = await rabbit.CreateVirtualHostAsync("sample-consumer", stop);
        await using var connection = await new ConnectionFactory { Uri = address }.CreateConnectionAsync(stop);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), stop);
        var exchange = MessageNames.Exchanges[typeof(AlertOpened)];
        await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, cancellationToken: stop);

        await using var consumer = await NodeProgram.StartAsync(
            Repository.At("docs", "samples"), "alert-consumer.js", new Dictionary<string, string> { ["AMQP_URL"] = address.AbsoluteUri }, stop);
        Assert.StartsWith("Waiting for alerts", await consumer.LineAsync(stop), StringComparison.Ordinal);

        var body = WireForm.Body(Samples.All[typeof(AlertOpened)]);
        var properties = new BasicProperties { ContentType = "application/vnd.masstransit+json", Persistent = true };
        await channel.BasicPublishAsync(exchange, "", mandatory: true, properties, Envelope(body), stop);

        Assert.Equal(body, await consumer.LineAsync(stop));
    }

    [Fact]
    public async Task An_address_that_nobody_answers_ends_the_sample_with_a_sentence()
    {
        var stop = TestContext.Current.CancellationToken;
        var nobody = $"amqp://127.0.0.1:{Ports.Free()}";
        await using var consumer = await NodeProgram.StartAsync(
            Repository.At("docs", "samples"), "alert-consumer.js", new Dictionary<string, string> { ["AMQP_URL"] = nobody }, stop);
        Assert.Contains("ECONNREFUSED", await consumer.LineAsync(stop), StringComparison.Ordinal);
    }

    // As MassTransit writes it; docs/messages.md shows the same.
    private static byte[] Envelope(string message) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["messageId"] = "0199c0de-0000-7000-8000-000000000001",
        ["messageType"] = new JsonArray("urn:message:Coworking.Contracts:AlertOpened"),
        ["message"] = JsonNode.Parse(message),
        ["sentTime"] = "2026-02-03T15:05:00.1310000Z",
        ["headers"] = new JsonObject(),
    }.ToJsonString());
}
