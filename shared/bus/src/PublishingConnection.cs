using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Coworking.Bus;

/// <summary>
/// A connection to RabbitMQ with one channel, for one sender that sends one message after the other and waits for the confirms of many at once. Once something
/// went wrong it is thrown away: what was under way on it is unknown, and nothing of it may add up.
/// </summary>
internal sealed class PublishingConnection : IAsyncDisposable
{
    // The end of a connection is worth no wait: what was not confirmed is sent again.
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(2);

    private readonly Confirms _confirms = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly HashSet<string> _declared = [];
    private ITcpClient? _socket;
    private IConnection? _connection;
    private IChannel? _channel;

    private PublishingConnection()
    {
    }

    /// <summary>Cancelled when the connection or its channel has come to its end.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Connects.</summary>
    /// <param name="bus">Where, and as whom.</param>
    /// <param name="name">By which the broker shows the connection.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<PublishingConnection> OpenAsync(Uri bus, string name, CancellationToken cancellationToken)
    {
        var opened = new PublishingConnection();

        try
        {
            await opened.ConnectAsync(bus, name, cancellationToken);
            return opened;
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    /// <summary>Hands a message to the socket, in the order of the calls; one at a time.</summary>
    /// <param name="exchange">Declared when it is first met.</param>
    /// <param name="properties">Its AMQP properties.</param>
    /// <param name="body">Free again once this returns.</param>
    /// <param name="cancellationToken">Gives up; the connection is of no use then.</param>
    public async ValueTask SendAsync(string exchange, BasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (_declared.Add(exchange))
        {
            await _channel!.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
        }

        _confirms.Expect();
        await _channel!.BasicPublishAsync(exchange, "", mandatory: false, properties, body, cancellationToken);
    }

    /// <summary>Waits until the broker has confirmed all that was sent; throws where it refused one, or where the connection ended.</summary>
    /// <param name="cancellationToken">Gives up; the connection is of no use then.</param>
    public Task ConfirmAsync(CancellationToken cancellationToken) => _confirms.WaitAsync(cancellationToken);

    /// <summary>Says goodbye to a broker that is there.</summary>
    public async Task CloseAsync()
    {
        await TryAsync(_connection!.CloseAsync());
        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        // First the socket, which ends whatever waits for it: a client that is asked politely waits for its own senders, and they for a broker that may be gone.
        _socket?.Dispose();

        if (_connection is not null)
        {
            await TryAsync(_connection.DisposeAsync().AsTask());
        }
    }

    private static async Task TryAsync(Task ending)
    {
        try
        {
            await ending.WaitAsync(CloseLimit);
        }
        catch (Exception e) when (e is TimeoutException or RabbitMQClientException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Its socket is closed, or soon will be: the rest is memory.
        }
    }

    private async Task ConnectAsync(Uri bus, string name, CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory
        {
            Uri = bus,
            ClientProvidedName = name,
            AutomaticRecoveryEnabled = false,
        };
        var open = factory.SocketFactory;
        factory.SocketFactory = family => _socket = open(family);
        _connection = await factory.CreateConnectionAsync(cancellationToken);
        // Before there is a channel, so that it is told first: what waits here for room holds what the channel needs to end (rabbitmq-dotnet-client, issue 1930).
        _connection.ConnectionShutdownAsync += EndAsync;
        _channel = await _connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false), cancellationToken);
        _channel.ChannelShutdownAsync += EndAsync;
        _channel.BasicAcksAsync += (_, ack) =>
        {
            _confirms.Confirm(ack.DeliveryTag, ack.Multiple);
            return Task.CompletedTask;
        };
        _channel.BasicNacksAsync += (_, _) =>
        {
            _confirms.Fail(new IOException("RabbitMQ refused a message: a queue that is bound to its exchange is full or failing"));
            return Task.CompletedTask;
        };
    }

    private Task EndAsync(object sender, ShutdownEventArgs reason)
    {
        _confirms.Fail(new IOException($"The connection to RabbitMQ ended: {reason.ReplyText}"));
        return _ended.CancelAsync();
    }
}
