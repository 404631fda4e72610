using System.Diagnostics.CodeAnalysis;

namespace Coworking.Mqtt;

/// <summary>
/// One network connection to a broker (MQTT 5.0). Messages go to the handler from the CONNACK on, one at a time; every other member may be called from
/// any thread. When it has ended it stays ended: see <see cref="MqttClient"/> for one that reconnects.
/// </summary>
public sealed partial class MqttConnection : IAsyncDisposable
{
    private readonly Transport _transport;
    private readonly MqttSession _session;
    private readonly bool _sessionIsShared;
    private readonly ConnectionWriter _writer;
    private readonly ConnectionReader _reader;
    private readonly InboundWindow _inbound;
    private readonly PendingRequests _requests;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _keepAlive;
    private bool _isOpen = true;

    private MqttConnection(Transport transport, MqttClientOptions options, IMqttMessageHandler handler, MqttSession? session)
    {
        _transport = transport;
        _session = session ?? new MqttSession();
        _sessionIsShared = session is not null;
        _clock = options.TimeProvider;
        _keepAlive = ServerLimits.KeepAlive ?? options.KeepAlive;

        if (!SessionPresent)
        {
            _session.ForgetTaken();
        }

        _writer = new ConnectionWriter(transport.Stream, _session.Gate, _clock);
        _reader = new ConnectionReader(this, transport.Input, transport.Frames, handler, _clock);
        _inbound = new InboundWindow(_session, options.ReceiveMaximum, Math.Max(options.ReceiveMaximum, options.MaximumUnacknowledged ?? 0));
        _requests = new PendingRequests(_session.Gate, _session.PacketIds);
        _session.Publishes.Attach(_writer, ServerLimits);
        Completion = RunAsync();
    }

    /// <summary>The broker has kept the session: subscriptions, and what was sent meanwhile, which is on its way already (3.2.2.1.1).</summary>
    public bool SessionPresent => _transport.ConnAck.SessionPresent;

    /// <summary>What the broker allows.</summary>
    public MqttServerLimits ServerLimits => _transport.ConnAck.Limits;

    /// <summary>Neither closed nor closing.</summary>
    public bool IsConnected => Volatile.Read(ref _isOpen);

    /// <summary>QoS 1 and 2 messages delivered to the handler and not acknowledged yet.</summary>
    public int UnacknowledgedCount => _inbound.Count;

    /// <summary>Completes when the connection has ended and the handler is called no more; never faults, see <see cref="ClosedBy"/>.</summary>
    public Task Completion { get; }

    /// <summary>Why the connection ended; null while it lives and when it was ended from here.</summary>
    public Exception? ClosedBy { get; private set; }

    /// <summary>The reason given by the broker's DISCONNECT or by ours; null while it lives and when the connection just broke.</summary>
    public MqttReasonCode? DisconnectReason { get; private set; }

    /// <summary>Opens a connection: socket, TLS, CONNECT, CONNACK.</summary>
    /// <exception cref="MqttConnectException">The broker refused, did not answer in time, or is not there.</exception>
    public static Task<MqttConnection> ConnectAsync(MqttClientOptions options, IMqttMessageHandler handler, CancellationToken cancellationToken) =>
        ConnectAsync(options, handler, session: null, cancellationToken);

    /// <summary>Opens a connection that goes on with what <paramref name="session"/> remembers of earlier ones, which must have ended.</summary>
    /// <exception cref="MqttConnectException">The broker refused, did not answer in time, or is not there.</exception>
    [SuppressMessage("Reliability", "CA2000", Justification = "The connection owns the transport and disposes of it when it ends.")]
    public static async Task<MqttConnection> ConnectAsync(
        MqttClientOptions options, IMqttMessageHandler handler, MqttSession? session, CancellationToken cancellationToken) =>
        new(await Transport.OpenAsync(options, cancellationToken), options, handler, session);

    /// <summary>Subscribes; one reason code per filter, in their order (3.8, 3.9). A refusal is a code of 0x80 or above, not an exception.</summary>
    public Task<IReadOnlyList<MqttReasonCode>> SubscribeAsync(IReadOnlyList<MqttTopicFilter> filters, CancellationToken cancellationToken)
    {
        RequireSome(filters.Count, nameof(filters));
        return RequestAsync(
            MqttPacketType.SubAck, filters.Count, id => MqttEncoder.Subscribe(_writer.Buffer, id, filters), cancellationToken);
    }

    /// <summary>Unsubscribes; one reason code per filter, in their order (3.10, 3.11).</summary>
    public Task<IReadOnlyList<MqttReasonCode>> UnsubscribeAsync(IReadOnlyList<string> topics, CancellationToken cancellationToken)
    {
        RequireSome(topics.Count, nameof(topics));
        return RequestAsync(MqttPacketType.UnsubAck, topics.Count, id => MqttEncoder.Unsubscribe(_writer.Buffer, id, topics), cancellationToken);
    }

    /// <summary>
    /// Publishes. QoS 0 completes with Success when handed to the socket, QoS 1 with the code of its PUBACK; those in flight together share writes and
    /// keep the order of the calls. Waits while the broker's Receive Maximum is used up.
    /// </summary>
    /// <exception cref="MqttDisconnectedException">The connection ended first; whether the broker has the message is not known.</exception>
    /// <exception cref="ArgumentException">The message cannot be sent: topic, QoS 2, or something this broker does not take.</exception>
    public Task<MqttReasonCode> PublishAsync(MqttApplicationMessage message, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<MqttReasonCode>(cancellationToken);
        }

        return TryPublish(message, out var publishing, cancellationToken) ? publishing : throw Ended();
    }

    /// <summary>As <see cref="PublishAsync"/>; false when the connection had ended before and nothing was accepted.</summary>
    internal bool TryPublish(
        MqttApplicationMessage message, [NotNullWhen(true)] out Task<MqttReasonCode>? publishing, CancellationToken cancellationToken)
    {
        Refuse(message);

        if (!_session.Publishes.TryEnqueue(message, out publishing, cancellationToken))
        {
            return false;
        }

        // One flush completes many QoS 0 publishes: its task is shared and cannot be the one that is cancelled.
        publishing = message.QualityOfServiceLevel == MqttQualityOfServiceLevel.AtMostOnce ? publishing.WaitAsync(cancellationToken) : publishing;
        return true;
    }

    /// <summary>
    /// Acknowledges messages that came over this connection, in one write: PUBACK for QoS 1, PUBREC for QoS 2. They must be the oldest unacknowledged
    /// ones in order of receipt (4.6). False, and nothing is sent, when the connection has ended or did not deliver one of them: the broker sends them
    /// again. True when handed to the socket.
    /// </summary>
    /// <exception cref="InvalidOperationException">They are out of order; nothing is sent.</exception>
    public async ValueTask<bool> AcknowledgeAsync(ReadOnlyMemory<ushort> packetIds, CancellationToken cancellationToken)
    {
        if (!TryWriteAcks(packetIds.Span, out var flushed))
        {
            return false;
        }

        try
        {
            await flushed.WaitAsync(cancellationToken);
            return true;
        }
        catch (MqttException)
        {
            return false;
        }
    }

    private static void RequireSome(int count, string name)
    {
        if (count == 0)
        {
            throw new ArgumentException("At least one topic filter is needed.", name);
        }
    }

    private bool TryWriteAcks(ReadOnlySpan<ushort> packetIds, [NotNullWhen(true)] out Task? flushed)
    {
        flushed = null;

        lock (_session.Gate)
        {
            if (!_isOpen)
            {
                _inbound.TakeLate(packetIds);
                return false;
            }

            if (!_inbound.Matches(packetIds))
            {
                return false;
            }

            foreach (var id in packetIds)
            {
                MqttEncoder.Ack(_writer.Buffer, _inbound.Take(), id);
            }

            _writer.Appended();
            flushed = _writer.FlushedAsync();
            return true;
        }
    }

    private void Refuse(MqttApplicationMessage message)
    {
        MqttApplicationMessage.Validate(message);

        if (message.QualityOfServiceLevel is MqttQualityOfServiceLevel.ExactlyOnce || message.QualityOfServiceLevel > ServerLimits.MaximumQoS)
        {
            throw new ArgumentException($"QoS {(int)message.QualityOfServiceLevel} cannot be sent to this broker.", nameof(message));
        }

        if (message.Retain && !ServerLimits.RetainAvailable)
        {
            throw new ArgumentException("This broker keeps no retained messages.", nameof(message));
        }

        if (ServerLimits.MaximumPacketSize != uint.MaxValue && MqttEncoder.LengthOf(message) > ServerLimits.MaximumPacketSize)
        {
            throw new ArgumentException($"The message is larger than the {ServerLimits.MaximumPacketSize} bytes this broker takes.", nameof(message));
        }
    }

    private async Task<IReadOnlyList<MqttReasonCode>> RequestAsync(
        MqttPacketType answer, int count, Action<ushort> encode, CancellationToken cancellationToken)
    {
        Task<IReadOnlyList<MqttReasonCode>> answered;

        lock (_session.Gate)
        {
            if (!_isOpen)
            {
                throw Ended();
            }

            answered = _requests.Add(answer, count, out var packetId);
            encode(packetId);
            _writer.Appended();
        }

        return await answered.WaitAsync(cancellationToken);
    }

    private MqttDisconnectedException Ended() => new("The connection has ended.", DisconnectReason, ClosedBy);
}
