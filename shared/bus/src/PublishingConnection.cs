using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Coworking.Bus;

/// <summary>
/// A connection to RabbitMQ with one channel, for one sender that sends one message after the other and waits for the confirms of many at once. Once something
/// went wrong it is thrown away: what was under way on it is unknown, and nothing of it may add up.
/// </summary>
internal sealed class PublishingConnection : IAsyncDisposable
{
    /// <summary>How long the broker may be silent while something is to be answered. One that is there confirms in milliseconds.</summary>
    public static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(10);

    // The end of a connection is worth no wait: what was not confirmed is sent again.
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(2);

    private readonly Confirms _confirms = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly HashSet<string> _declared = [];
    private readonly Lock _listening = new();
    private readonly ITimer _silence;
    private readonly ILogger _log;
    private ITcpClient? _socket;
    private IConnection? _connection;
    private IChannel? _channel;
    private bool _isBlocked;

    private PublishingConnection(TimeProvider clock, ILogger log) =>
        (_log, _silence) = (log, clock.CreateTimer(_ => GiveUp(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));

    /// <summary>Cancelled when the connection or its channel has come to its end.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Connects.</summary>
    /// <param name="factory">Where, as whom, and by which name the broker shows it; used once.</param>
    /// <param name="clock">The clock that measures silence.</param>
    /// <param name="log">Where it is told that the broker is blocked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<PublishingConnection> OpenAsync(ConnectionFactory factory, TimeProvider clock, ILogger log, CancellationToken cancellationToken)
    {
        var opened = new PublishingConnection(clock, log);

        try
        {
            await opened.ConnectAsync(factory, cancellationToken);
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
    /// <returns>The number by which <see cref="ConfirmAsync"/> names it.</returns>
    public async ValueTask<ulong> SendAsync(string exchange, BasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var isFirst = _confirms.IsIdle;
        var number = _confirms.Expect();

        if (isFirst)
        {
            Listen();
        }

        if (_declared.Add(exchange))
        {
            await _channel!.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
        }

        await _channel!.BasicPublishAsync(exchange, "", mandatory: false, properties, body, cancellationToken);
        return number;
    }

    /// <summary>Waits until the broker has answered all that was sent; throws where the connection ended before.</summary>
    /// <param name="cancellationToken">Gives up; the connection is of no use then.</param>
    /// <returns>Numbers of what it refused, in the order of sending.</returns>
    public Task<IReadOnlyList<ulong>> ConfirmAsync(CancellationToken cancellationToken) => _confirms.WaitAsync(cancellationToken);

    /// <summary>Says goodbye to a broker that is there.</summary>
    public async Task CloseAsync()
    {
        await TryAsync(_connection!.CloseAsync());
        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _silence.DisposeAsync();
        // First the socket, which ends whatever waits for it: a client that is asked politely waits for its own senders, and they for a broker that may be gone.
        _socket?.Dispose();

        if (_connection is not null)
        {
            await TryAsync(_connection.DisposeAsync().AsTask());
        }
    }

    // Whatever becomes of it: its socket is closed, and the rest is memory.
    private static async Task TryAsync(Task ending) => await ending.WaitAsync(CloseLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task ConnectAsync(ConnectionFactory factory, CancellationToken cancellationToken)
    {
        var open = factory.SocketFactory;
        factory.SocketFactory = family => _socket = open(family);
        // The client, told to give up, would first wait five seconds for an answer.
        _connection = await factory.CreateConnectionAsync(cancellationToken).WaitAsync(cancellationToken);
        _connection.ConnectionBlockedAsync += (_, blocked) =>
        {
            BusLog.Blocked(_log, blocked.Reason);
            return BlockAsync(true);
        };
        _connection.ConnectionUnblockedAsync += (_, _) =>
        {
            BusLog.Unblocked(_log);
            return BlockAsync(false);
        };
        _channel = await _connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false), cancellationToken);
        _channel.BasicAcksAsync += (_, ack) => AnswerAsync(ack.DeliveryTag, ack.Multiple, refused: false);
        _channel.BasicNacksAsync += (_, nack) => AnswerAsync(nack.DeliveryTag, nack.Multiple, refused: true);
        // The client tells of the end before it takes the lock that a sender may hold while it waits for room: such a sender is cancelled here (rabbitmq-dotnet-client, issue 1930).
        _channel.ChannelShutdownAsync += (_, reason) =>
        {
            End(new IOException($"The connection to RabbitMQ ended: {reason.ReplyText}"));
            return Task.CompletedTask;
        };
    }

    private Task AnswerAsync(ulong number, bool multiple, bool refused)
    {
        _confirms.Answer(number, multiple, refused);
        Listen();
        return Task.CompletedTask;
    }

    // A broker with too little memory or disk says so and takes nothing more for as long as that lasts: to connect again would only burden it.
    private Task BlockAsync(bool blocked)
    {
        lock (_listening)
        {
            _isBlocked = blocked;
        }

        Listen();
        return Task.CompletedTask;
    }

    /// <summary>Begins to measure silence anew, where there is something to be answered and the broker has not said that it cannot.</summary>
    private void Listen()
    {
        lock (_listening)
        {
            _silence.Change(_isBlocked || _confirms.IsIdle ? Timeout.InfiniteTimeSpan : SilenceLimit, Timeout.InfiniteTimeSpan);
        }
    }

    private void GiveUp()
    {
        lock (_listening)
        {
            if (_isBlocked || _confirms.IsIdle)
            {
                return;
            }
        }

        End(new TimeoutException($"RabbitMQ did not answer within {SilenceLimit.TotalSeconds} s"));
    }

    private void End(Exception reason)
    {
        _confirms.Fail(reason);
        _ended.Cancel();
    }
}
