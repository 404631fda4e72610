using System.Diagnostics.CodeAnalysis;

namespace Coworking.Mqtt;

/// <summary>
/// Publishes on their way out, in order: sent at once while the broker's Receive Maximum (MQTT 5.0, 4.9) and the write buffer have room, else queued.
/// Every member takes the gate, but for <see cref="Drain"/>, which is called under it.
/// </summary>
internal sealed class OutboundPublishes(Lock gate, PacketIds ids)
{
    /// <summary>More than this waiting to be written holds back further publishes; about 10 ms of a gigabit.</summary>
    private const int HighWater = 1024 * 1024;

    /// <summary>Leaves packet identifiers for subscriptions even where the broker allows 65,535 publishes in flight.</summary>
    private const int MaximumInFlight = 65_000;

    private readonly Dictionary<ushort, PendingPublish> _inFlight = [];
    private Queue<PendingPublish> _waiting = new();
    private ConnectionWriter? _writer;
    private int _quota;
    private long _sequence;

    private bool HasRoom => _writer is { BufferedBytes: < HighWater };

    /// <summary>Starts on a new connection: what is unacknowledged first, with its old identifier and DUP (4.4).</summary>
    public void Attach(ConnectionWriter writer, MqttServerLimits limits)
    {
        lock (gate)
        {
            _writer = writer;
            _quota = Math.Min((int)limits.ReceiveMaximum, MaximumInFlight);
            _waiting = new Queue<PendingPublish>(_inFlight.Values.OrderBy(publish => publish.Sequence).Concat(_waiting));
            _inFlight.Clear();
            Drain();
        }
    }

    /// <summary>Stops: QoS 1 publishes wait for the next connection when there can be one, all else fails.</summary>
    public void Detach(Exception cause, bool keep)
    {
        lock (gate)
        {
            _writer = null;

            if (keep)
            {
                var kept = _waiting.Where(publish => !publish.IsAtMostOnce).ToArray();

                foreach (var lost in _waiting.Where(publish => publish.IsAtMostOnce))
                {
                    lost.Fail(cause);
                }

                _waiting = new Queue<PendingPublish>(kept);
                return;
            }
        }

        Abandon(cause);
    }

    public void Abandon(Exception cause)
    {
        lock (gate)
        {
            foreach (var publish in _inFlight.Values.Concat(_waiting))
            {
                publish.Fail(cause);
                Forget(publish);
            }

            _inFlight.Clear();
            _waiting.Clear();
        }
    }

    /// <summary>False when there is no connection.</summary>
    public bool TryEnqueue(
        MqttApplicationMessage message, [NotNullWhen(true)] out Task<MqttReasonCode>? publishing, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (_writer is null)
            {
                publishing = null;
                return false;
            }

            if (message.QualityOfServiceLevel == MqttQualityOfServiceLevel.AtMostOnce && _waiting.Count == 0 && HasRoom)
            {
                MqttEncoder.Publish(_writer.Buffer, message, 0, duplicate: false);
                _writer.Appended();
                publishing = _writer.FlushedAsync();
                return true;
            }

            var pending = new PendingPublish(message);
            pending.CancelWith(cancellationToken);

            if (_waiting.Count == 0 && HasRoom && _quota > 0)
            {
                Send(pending);
            }
            else
            {
                _waiting.Enqueue(pending);
            }

            publishing = pending.Task;
            return true;
        }
    }

    /// <summary>A PUBACK came.</summary>
    public void Acknowledged(AckPacket ack)
    {
        lock (gate)
        {
            if (!_inFlight.Remove(ack.PacketId, out var publish))
            {
                throw MqttProtocolException.Violation($"PUBACK for packet {ack.PacketId}, which is not in flight.");
            }

            Forget(publish);
            _quota++;
            publish.Complete(ack.ReasonCode);
            Drain();
        }
    }

    /// <summary>Sends what waits as far as there is room.</summary>
    public void Drain()
    {
        while (HasRoom && _waiting.TryPeek(out var next))
        {
            if (!next.IsAtMostOnce && _quota == 0 && !next.Task.IsCompleted)
            {
                return;
            }

            _waiting.Dequeue();

            // Cancelled before it was sent: nobody has seen it. Cancelled later it must be sent again all the same, or the broker would wait for it.
            if (next.Task.IsCompleted && !next.WasSent)
            {
                continue;
            }

            Send(next);
        }
    }

    private void Send(PendingPublish publish)
    {
        if (publish.IsAtMostOnce)
        {
            MqttEncoder.Publish(_writer!.Buffer, publish.Message, 0, duplicate: false);
            _writer.Appended();
            _ = CompleteWhenFlushed(publish, _writer.FlushedAsync());
            return;
        }

        var again = publish.WasSent;

        if (!again)
        {
            publish.PacketId = ids.Rent();
            publish.Sequence = ++_sequence;
        }

        _quota--;
        _inFlight.Add(publish.PacketId, publish);
        MqttEncoder.Publish(_writer!.Buffer, publish.Message, publish.PacketId, again);
        _writer.Appended();
    }

    private void Forget(PendingPublish publish)
    {
        if (publish.WasSent)
        {
            ids.Remove(publish.PacketId);
        }
    }

    private static async Task CompleteWhenFlushed(PendingPublish publish, Task<MqttReasonCode> flushed)
    {
        try
        {
            publish.Complete(await flushed);
        }
        catch (MqttException e)
        {
            publish.Fail(e);
        }
    }
}
