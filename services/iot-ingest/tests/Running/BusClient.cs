using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Coworking.Contracts;
using Coworking.Hosting.Json;
using Coworking.Local;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Coworking.IotIngest.Tests.Running;

/// <summary>Another participant of the bus, with a plain AMQP client: says messages in the envelope of the wire, hears exchanges.</summary>
internal sealed class BusClient : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly SemaphoreSlim _one = new(1);
    private readonly ConcurrentBag<IChannel> _listening = [];

    private BusClient(IConnection connection, IChannel channel) => (_connection, _channel) = (connection, channel);

    internal static async Task<BusClient> ConnectAsync(Uri uri)
    {
        var connection = await new ConnectionFactory { Uri = uri }.CreateConnectionAsync();
        return new BusClient(connection, await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true)));
    }

    internal Task SayAsync<T>(T message)
        where T : notnull => PublishAsync(MessageNames.Exchanges[typeof(T)], "", message, []);

    /// <summary>Puts a message into a queue, which is declared where it does not exist.</summary>
    internal async Task PutAsync<T>(string queue, T message, Dictionary<string, object?> headers)
        where T : notnull
    {
        await _channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false);
        await PublishAsync("", queue, message, headers);
    }

    private async Task PublishAsync<T>(string exchange, string key, T message, Dictionary<string, object?> headers)
        where T : notnull
    {
        var envelope = JsonSerializer.SerializeToUtf8Bytes(
            new { messageId = Guid.CreateVersion7(), messageType = new[] { $"urn:message:Coworking.Contracts:{typeof(T).Name}" }, message }, JsonSetup.Wire);
        await _one.WaitAsync();

        try
        {
            await _channel.BasicPublishAsync(
                exchange, key, mandatory: false, new BasicProperties { ContentType = "application/vnd.masstransit+json", Persistent = true, Headers = headers }, envelope);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>What is said on the exchange of this message from now on.</summary>
    internal Task<ChannelReader<JsonElement>> HearAsync<T>() => HearAsync(typeof(T), (_, message) => message);

    /// <summary>The traceparent with which it is said, and what is said.</summary>
    internal Task<ChannelReader<(string? TraceParent, JsonElement Message)>> HearTracedAsync<T>() => HearAsync(
        typeof(T), (properties, message) => (properties.Headers?.TryGetValue("traceparent", out var value) == true && value is byte[] text ? Encoding.UTF8.GetString(text) : null, message));

    private async Task<ChannelReader<TResult>> HearAsync<TResult>(Type type, Func<IReadOnlyBasicProperties, JsonElement, TResult> read)
    {
        var heard = Channel.CreateUnbounded<TResult>();
        var channel = await _connection.CreateChannelAsync();
        _listening.Add(channel);
        var exchange = MessageNames.Exchanges[type];
        await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true);
        var queue = await channel.QueueDeclareAsync();
        await channel.QueueBindAsync(queue.QueueName, exchange, "");
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            using var envelope = JsonDocument.Parse(delivery.Body);
            heard.Writer.TryWrite(read(delivery.BasicProperties, envelope.RootElement.GetProperty("message").Clone()));
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer);
        return heard.Reader;
    }

    internal Task DeleteExchangeAsync<T>() => _channel.ExchangeDeleteAsync(MessageNames.Exchanges[typeof(T)]);

    /// <summary>Binds a queue of its own to the exchange of this message.</summary>
    internal async Task BindAsync<T>(string queue, Dictionary<string, object?> arguments)
    {
        await _channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments);
        await _channel.QueueBindAsync(queue, MessageNames.Exchanges[typeof(T)], "");
    }

    /// <summary>Takes the next message from a queue, waiting for it.</summary>
    internal async Task<(IReadOnlyBasicProperties Properties, JsonElement Envelope)> TakeAsync(string queue)
    {
        BasicGetResult? taken = null;
        await Wait.UntilAsync(
            async () => (taken = await _channel.BasicGetAsync(queue, autoAck: true)) is not null, TestPlatform.Limit, $"a message in {queue}", TestContext.Current.CancellationToken);
        using var envelope = JsonDocument.Parse(taken!.Body);
        return (taken.BasicProperties, envelope.RootElement.Clone());
    }

    /// <summary>Messages that wait in a queue; null where there is no such queue.</summary>
    internal async Task<uint?> CountAsync(string queue)
    {
        await using var channel = await _connection.CreateChannelAsync();

        try
        {
            return (await channel.QueueDeclarePassiveAsync(queue)).MessageCount;
        }
        catch (RabbitMQ.Client.Exceptions.OperationInterruptedException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _listening)
        {
            await channel.DisposeAsync();
        }

        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
        _one.Dispose();
    }
}
