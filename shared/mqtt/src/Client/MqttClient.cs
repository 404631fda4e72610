namespace Coworking.Mqtt;

/// <summary>
/// A client that stays connected: reconnects for ever with jittered exponential back-off, subscribes again at every connect, sends QoS 1 publishes again
/// until they are acknowledged. Messages are handled one at a time and acknowledged when the handler has completed; a handler that throws ends the
/// connection, and with a session that is kept the message and those behind it come again.
/// </summary>
public sealed class MqttClient : IAsyncDisposable
{
    private readonly MqttClientOptions _options;
    private readonly MqttSession _session = new();
    private readonly ReceivedMessages _messages;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, MqttTopicFilter> _filters = [];
    private TaskCompletionSource<MqttConnection> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _running;

    /// <summary>A client that is not started yet.</summary>
    /// <param name="options">Clean Start holds for the first connect only: later ones go on with the session.</param>
    /// <param name="messageHandler">May publish and wait; null for a client that only sends.</param>
    public MqttClient(MqttClientOptions options, Func<MqttReceivedMessage, ValueTask>? messageHandler = null)
    {
        MqttClientOptions.Validate(options);
        _options = options;
        _messages = new ReceivedMessages(messageHandler ?? (static _ => ValueTask.CompletedTask), options.ReceiveMaximum);
    }

    /// <summary>Told of every change, in order, on the client's own loop: it must return soon and not throw.</summary>
    public Action<MqttConnectionChange>? ConnectionChanged { get; init; }

    /// <summary>Connected, with every subscription made.</summary>
    public bool IsConnected => Current is { IsConnected: true };

    /// <summary>QoS 0 messages that were dropped because as many as the Receive Maximum waited for the handler.</summary>
    public long DroppedMessages => _messages.Dropped;

    private MqttConnection? Current
    {
        get
        {
            lock (_gate)
            {
                return _connected.Task is { IsCompletedSuccessfully: true } connected ? connected.GetAwaiter().GetResult() : null;
            }
        }
    }

    /// <summary>Starts to connect and returns at once.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _running ??= Task.WhenAll(RunAsync(_stop.Token), _messages.RunAsync(_stop.Token));
        return Task.CompletedTask;
    }

    /// <summary>Completes when there is a connection.</summary>
    public async Task WaitUntilConnectedAsync(CancellationToken cancellationToken) => await ConnectionAsync(cancellationToken);

    /// <summary>
    /// Publishes, waiting for a connection until cancelled. QoS 1: completes with the code of the PUBACK, whatever happens to connections meanwhile (it is
    /// sent again with DUP). QoS 0: completes when handed to a socket; <see cref="MqttDisconnectedException"/> when cut in that moment.
    /// </summary>
    public async Task<MqttReasonCode> PublishAsync(MqttApplicationMessage message, CancellationToken cancellationToken)
    {
        MqttApplicationMessage.Validate(message);

        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var connection = await ConnectionAsync(cancellationToken);

            if (connection.TryPublish(message, out var publishing, cancellationToken))
            {
                return await publishing;
            }

            await LostAsync(connection, cancellationToken);
        }
    }

    /// <summary>Subscribes now, or when connected, and again after every reconnect. One reason code per filter; refused ones are asked for again, too.</summary>
    public async Task<IReadOnlyList<MqttReasonCode>> SubscribeAsync(IReadOnlyList<MqttTopicFilter> filters, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (connection, codes) = await OnConnectionAsync(connection => connection.SubscribeAsync(filters, cancellationToken), cancellationToken);

            lock (_gate)
            {
                foreach (var filter in filters)
                {
                    _filters[filter.Topic] = filter;
                }
            }

            // A reconnect between the answer and the note of it would have left these out.
            if (ReferenceEquals(Current, connection))
            {
                return codes;
            }
        }
    }

    /// <summary>Unsubscribes now, or when connected. One reason code per filter.</summary>
    public async Task<IReadOnlyList<MqttReasonCode>> UnsubscribeAsync(IReadOnlyList<string> topics, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            foreach (var topic in topics)
            {
                _filters.Remove(topic);
            }
        }

        return (await OnConnectionAsync(connection => connection.UnsubscribeAsync(topics, cancellationToken), cancellationToken)).Codes;
    }

    /// <summary>Disconnects, keeping the session as long as was agreed; publishes that still wait fail.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _messages.Complete();

        if (_running is not null)
        {
            await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var stopped = new MqttDisconnectedException("The client has been stopped.");
        _session.Publishes.Abandon(stopped);

        lock (_gate)
        {
            _connected.TrySetException(stopped);
            // Nobody may be waiting.
            _ = _connected.Task.Exception;
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var backoff = new Backoff();
        var options = _options;

        while (!cancellationToken.IsCancellationRequested)
        {
            var began = _options.TimeProvider.GetTimestamp();

            try
            {
                await using var connection = await MqttConnection.ConnectAsync(options, _messages, _session, cancellationToken);
                options = _options with { CleanStart = false };
                await UseAsync(connection, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                ConnectionChanged?.Invoke(new MqttConnectionChange(IsConnected: false, SessionPresent: false, e));
            }

            await Task.Delay(backoff.Next(_options.TimeProvider.GetElapsedTime(began)), _options.TimeProvider, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task UseAsync(MqttConnection connection, CancellationToken cancellationToken)
    {
        var refusal = await SubscribeAgainAsync(connection, cancellationToken);

        lock (_gate)
        {
            _connected.TrySetResult(connection);
        }

        ConnectionChanged?.Invoke(new MqttConnectionChange(IsConnected: true, connection.SessionPresent, refusal));

        try
        {
            await connection.Completion.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_gate)
            {
                _connected = new TaskCompletionSource<MqttConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        ConnectionChanged?.Invoke(new MqttConnectionChange(IsConnected: false, SessionPresent: false, connection.ClosedBy));
    }

    private async Task<MqttException?> SubscribeAgainAsync(MqttConnection connection, CancellationToken cancellationToken)
    {
        MqttTopicFilter[] filters;

        lock (_gate)
        {
            filters = [.. _filters.Values];
        }

        if (filters.Length == 0)
        {
            return null;
        }

        var codes = await connection.SubscribeAsync(filters, cancellationToken);
        var refused = filters.Zip(codes).Where(pair => pair.Second >= MqttReasonCode.UnspecifiedError).ToArray();
        return refused.Length == 0 ? null : new MqttException($"Subscription refused: {string.Join(", ", refused)}");
    }

    private Task<MqttConnection> ConnectionAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _connected.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Until the loop has noticed that this connection is gone: its successor is waited for on another task.</summary>
    private async Task LostAsync(MqttConnection connection, CancellationToken cancellationToken)
    {
        while (ReferenceEquals(Current, connection))
        {
            await connection.Completion.WaitAsync(cancellationToken);
            await Task.Yield();
        }
    }

    private async Task<(MqttConnection Connection, IReadOnlyList<MqttReasonCode> Codes)> OnConnectionAsync(
        Func<MqttConnection, Task<IReadOnlyList<MqttReasonCode>>> request, CancellationToken cancellationToken)
    {
        while (true)
        {
            var connection = await ConnectionAsync(cancellationToken);

            try
            {
                return (connection, await request(connection));
            }
            catch (MqttDisconnectedException)
            {
                await LostAsync(connection, cancellationToken);
            }
        }
    }
}
