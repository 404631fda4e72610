namespace Coworking.Mqtt;

/// <summary>
/// What a client remembers between two connections of one session (MQTT 5.0, 4.1): publishes without PUBACK, which the next connection sends again,
/// and QoS 2 messages taken but not yet released. Hand the same object to one <see cref="MqttConnection"/> after another, never to two at a time.
/// </summary>
public sealed class MqttSession
{
    /// <summary>A session with nothing in it.</summary>
    public MqttSession() => Publishes = new OutboundPublishes(Gate, PacketIds);

    /// <summary>Guards everything that is written and everything in here.</summary>
    internal Lock Gate { get; } = new();

    internal PacketIds PacketIds { get; } = new();

    internal OutboundPublishes Publishes { get; }

    /// <summary>QoS 2 messages that were acknowledged with PUBREC, until their PUBREL: a copy of them is answered, not delivered.</summary>
    internal PacketIds Taken { get; } = new();

    /// <summary>Changes when the broker has lost the session: its packet identifiers mean other messages from then on.</summary>
    internal int Generation { get; private set; }

    internal void ForgetTaken()
    {
        lock (Gate)
        {
            Taken.Clear();
            Generation++;
        }
    }
}
