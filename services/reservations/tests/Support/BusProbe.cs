using System.Text.Json;
using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Coworking.Reservations.Tests.Support;

/// <summary>Another team on the bus: a plain AMQP client that listens to one exchange, or speaks on one.</summary>
internal sealed class BusProbe : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly Channel<JsonElement> _heard = Channel.CreateUnbounded<JsonElement>();
    private readonly IConnection _connection;
    private readonly IChannel _channel;

    private BusProbe(IConnection connection, IChannel channel) => (_connection, _channel) = (connection, channel);

    internal static async Task<BusProbe> OnAsync(Uri bus, params string[] exchanges)
    {
        var connection = await new ConnectionFactory { Uri = bus }.CreateConnectionAsync(TestContext.Current.CancellationToken);
        var probe = new BusProbe(connection, await connection.CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken));
        var queue = await probe._channel.QueueDeclareAsync(cancellationToken: TestContext.Current.CancellationToken);

        foreach (var exchange in exchanges)
        {
            await probe._channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, cancellationToken: TestContext.Current.CancellationToken);
            await probe._channel.QueueBindAsync(queue.QueueName, exchange, "", cancellationToken: TestContext.Current.CancellationToken);
        }

        var consumer = new AsyncEventingBasicConsumer(probe._channel);
        // The body is the client's again once this returns: it is copied.
        consumer.ReceivedAsync += async (_, delivery) => await probe._heard.Writer.WriteAsync(JsonDocument.Parse(delivery.Body.ToArray()).RootElement);
        await probe._channel.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer, TestContext.Current.CancellationToken);
        return probe;
    }

    /// <summary>The next envelope whose message meets the condition; others are let pass.</summary>
    internal async Task<JsonElement> NextAsync(Func<JsonElement, bool> isIt)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);

        await foreach (var envelope in _heard.Reader.ReadAllAsync(limit.Token))
        {
            if (isIt(envelope.GetProperty("message")))
            {
                return envelope;
            }
        }

        throw new InvalidOperationException("The connection was closed");
    }

    /// <summary>True once somebody consumes from that queue.</summary>
    internal async Task<bool> StandsAsync(string queue)
    {
        // A channel of its own: asking for a queue that is not there closes the channel.
        await using var channel = await _connection.CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken);

        try
        {
            return (await channel.QueueDeclarePassiveAsync(queue, TestContext.Current.CancellationToken)).ConsumerCount > 0;
        }
        catch (RabbitMQ.Client.Exceptions.OperationInterruptedException)
        {
            return false;
        }
    }

    /// <summary>Says a message as MassTransit's envelope spells it.</summary>
    internal async Task SayAsync(string exchange, string type, Guid messageId, object message)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { messageId, messageType = new[] { $"urn:message:Coworking.Contracts:{type}" }, message }, JsonSerializerOptions.Web);
        var properties = new BasicProperties { ContentType = "application/vnd.masstransit+json", MessageId = messageId.ToString(), Persistent = true };
        await _channel.BasicPublishAsync(exchange, "", mandatory: false, properties, body, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
