using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Coworking.SystemTests.Running;

/// <summary>A message as another team sees it.</summary>
internal sealed record BusMessage(string Exchange, Guid MessageId, JsonElement Body);

/// <summary>Another team on the bus: a plain AMQP client with a durable queue of its own, bound to some exchanges.</summary>
internal sealed class BusListener : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, BusMessage> _heard = [];

    private BusListener(IConnection connection) => _connection = connection;

    /// <summary>Each message once, however often the bus delivered it.</summary>
    internal IReadOnlyList<BusMessage> Heard
    {
        get
        {
            lock (_gate)
            {
                return [.. _heard.Values];
            }
        }
    }

    internal static async Task<BusListener> OpenAsync(Uri bus, string queue, params string[] exchanges)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var factory = new ConnectionFactory { Uri = bus, AutomaticRecoveryEnabled = false };
        var listener = new BusListener(await factory.CreateConnectionAsync(cancellationToken));
        var channel = await listener._connection.CreateChannelAsync(cancellationToken: cancellationToken);
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, cancellationToken: cancellationToken);

        foreach (var exchange in exchanges)
        {
            await channel.QueueBindAsync(queue, exchange, routingKey: "", cancellationToken: cancellationToken);
        }

        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            listener.Keep(delivery);
            await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false, CancellationToken.None);
        };
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer, cancellationToken);
        return listener;
    }

    internal async Task<BusMessage> WaitForAsync(Func<BusMessage, bool> isMeant, string what, int seconds = 90)
    {
        BusMessage? found = null;
        await Eventually.HoldsAsync(() => Task.FromResult((found = Heard.FirstOrDefault(isMeant)) is not null), what, seconds);
        return found!;
    }

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync();

    private void Keep(BasicDeliverEventArgs delivery)
    {
        using var envelope = JsonDocument.Parse(delivery.Body);
        var message = envelope.RootElement.GetProperty("message").Clone();

        lock (_gate)
        {
            _heard[message.Id("messageId")] = new BusMessage(delivery.Exchange, message.Id("messageId"), message);
        }
    }
}
