namespace Coworking.Mqtt;

/// <summary>What to do with a received PUBLISH.</summary>
internal enum Reception
{
    /// <summary>Give it to the handler.</summary>
    Deliver,

    /// <summary>Delivered before, and not yet acknowledged by the handler's owner: nothing to do.</summary>
    Ignore,

    /// <summary>A copy of a QoS 2 message that was taken already: PUBREC again.</summary>
    AnswerAgain,
}

/// <summary>The QoS 1 and 2 messages delivered but not acknowledged, in order of receipt (MQTT 5.0, 4.6 and 4.9).</summary>
internal sealed class InboundWindow(MqttSession session, ushort receiveMaximum, ushort limit)
{
    /// <summary>Acknowledging wants the order of receipt, so that a ring is enough: the oldest is always next.</summary>
    private (ushort Id, bool ExactlyOnce)[] _ring = new (ushort, bool)[receiveMaximum];
    private readonly PacketIds _delivered = new();
    private readonly int _generation = session.Generation;
    private int _head;
    private int _count;

    /// <summary>QoS 2 messages taken whose PUBREL has not come: they count against the Receive Maximum until PUBCOMP.</summary>
    private int _unreleased;

    public int Count => Volatile.Read(ref _count);

    public Reception Receive(in MqttPublishFrame frame)
    {
        var exactlyOnce = frame.QualityOfServiceLevel == MqttQualityOfServiceLevel.ExactlyOnce;

        lock (session.Gate)
        {
            if (exactlyOnce && session.Taken.Contains(frame.PacketId))
            {
                return Reception.AnswerAgain;
            }

            if (_delivered.Contains(frame.PacketId))
            {
                return exactlyOnce
                    ? Reception.Ignore
                    : throw MqttProtocolException.Violation($"Packet Identifier {frame.PacketId} used again before it was acknowledged.");
            }

            if (_count + _unreleased >= limit)
            {
                throw new MqttProtocolException(MqttReasonCode.ReceiveMaximumExceeded, $"More than {limit} unacknowledged messages.");
            }

            if (_count == _ring.Length)
            {
                Grow();
            }

            _delivered.Add(frame.PacketId);
            _ring[(_head + _count) % _ring.Length] = (frame.PacketId, exactlyOnce);
            _count++;
            return Reception.Deliver;
        }
    }

    /// <summary>Called under the gate. False when one of them is not outstanding on this connection; throws when they are not the oldest ones in order.</summary>
    public bool Matches(ReadOnlySpan<ushort> packetIds)
    {
        for (var i = 0; i < packetIds.Length; i++)
        {
            if (i < _count && _ring[(_head + i) % _ring.Length].Id == packetIds[i])
            {
                continue;
            }

            foreach (var id in packetIds[i..])
            {
                if (!_delivered.Contains(id))
                {
                    return false;
                }
            }

            throw new InvalidOperationException($"Packet {packetIds[i]} is acknowledged out of order: MQTT wants the order of receipt.");
        }

        return true;
    }

    /// <summary>Called under the gate, after <see cref="Matches"/>: takes the oldest one out.</summary>
    public MqttPacketType Take()
    {
        var (id, exactlyOnce) = _ring[_head];
        _head = (_head + 1) % _ring.Length;
        _count--;
        _delivered.Remove(id);

        if (!exactlyOnce)
        {
            return MqttPacketType.PubAck;
        }

        session.Taken.Add(id);
        _unreleased++;
        return MqttPacketType.PubRec;
    }

    /// <summary>
    /// Called under the gate, after the connection has ended: QoS 2 messages among these are done with, and the copies that come over the next
    /// connection must not be delivered, unless the broker has forgotten the session since.
    /// </summary>
    public void TakeLate(ReadOnlySpan<ushort> packetIds)
    {
        if (_generation != session.Generation)
        {
            return;
        }

        for (var i = 0; i < _count; i++)
        {
            var (id, exactlyOnce) = _ring[(_head + i) % _ring.Length];

            if (exactlyOnce && packetIds.Contains(id))
            {
                session.Taken.Add(id);
            }
        }
    }

    private void Grow()
    {
        var ring = new (ushort, bool)[Math.Min(limit, 2 * _ring.Length)];

        for (var i = 0; i < _count; i++)
        {
            ring[i] = _ring[(_head + i) % _ring.Length];
        }

        (_ring, _head) = (ring, 0);
    }

    /// <summary>A PUBREL came: the identifier may be used for another message.</summary>
    public MqttReasonCode Release(ushort packetId)
    {
        lock (session.Gate)
        {
            if (!session.Taken.Remove(packetId))
            {
                return MqttReasonCode.PacketIdentifierNotFound;
            }

            _unreleased = Math.Max(0, _unreleased - 1);
            return MqttReasonCode.Success;
        }
    }
}
