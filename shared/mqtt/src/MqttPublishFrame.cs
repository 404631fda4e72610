using System.Text;

namespace Coworking.Mqtt;

/// <summary>
/// A received PUBLISH as it lies in the receive buffer (MQTT 5.0, 3.3): valid only until the handler returns, so that the handler copies what it keeps.
/// Already checked: the topic is a well-formed topic name, the properties are complete.
/// </summary>
public readonly ref struct MqttPublishFrame
{
    private const ulong AnyProperty = ulong.MaxValue;

    private readonly ReadOnlySpan<byte> _properties;
    private readonly MqttConnection? _connection;
    private readonly byte _flags;

    internal MqttPublishFrame(
        byte flags, ushort packetId, ReadOnlySpan<byte> topic, ReadOnlySpan<byte> properties, ReadOnlySpan<byte> payload, MqttConnection? connection)
    {
        _flags = flags;
        _properties = properties;
        _connection = connection;
        PacketId = packetId;
        Topic = topic;
        Payload = payload;
    }

    /// <summary>Topic name, UTF-8.</summary>
    public ReadOnlySpan<byte> Topic { get; }

    /// <summary>The message itself.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>What to acknowledge, on <see cref="Connection"/> only; 0 with QoS 0.</summary>
    public ushort PacketId { get; }

    /// <summary>The connection it came over: the one that can acknowledge it.</summary>
    public MqttConnection Connection => _connection ?? throw new InvalidOperationException("The frame came over no connection.");

    /// <summary>QoS 0, 1 or 2.</summary>
    public MqttQualityOfServiceLevel QualityOfServiceLevel => (MqttQualityOfServiceLevel)((_flags >> 1) & 3);

    /// <summary>It was kept by the broker (3.3.1.3).</summary>
    public bool Retain => (_flags & 1) != 0;

    /// <summary>It may have been delivered before, on an earlier connection (3.3.1.1).</summary>
    public bool Duplicate => (_flags & 8) != 0;

    /// <summary>Finds the first user property of that name, both UTF-8; parses the properties at each call.</summary>
    public bool TryGetUserProperty(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var properties = new MqttPropertyReader(_properties, AnyProperty);

        while (properties.MoveNext())
        {
            if (properties.Id == MqttPropertyId.UserProperty && properties.Name.SequenceEqual(name))
            {
                value = properties.Text;
                return true;
            }
        }

        value = default;
        return false;
    }

    internal IReadOnlyList<MqttUserProperty> CopyUserProperties()
    {
        if (_properties.IsEmpty)
        {
            return [];
        }

        var copies = new List<MqttUserProperty>();
        var properties = new MqttPropertyReader(_properties, AnyProperty);

        while (properties.MoveNext())
        {
            if (properties.Id == MqttPropertyId.UserProperty)
            {
                copies.Add(new MqttUserProperty(Encoding.UTF8.GetString(properties.Name), Encoding.UTF8.GetString(properties.Text)));
            }
        }

        return copies;
    }
}

/// <summary>Takes the messages of a connection, one at a time, on its read loop.</summary>
public interface IMqttMessageHandler
{
    /// <summary>
    /// Copies what it keeps before it returns. While the returned task is not complete nothing more is read from the socket, acknowledgements included,
    /// so that it must not wait for a request on the same connection. An exception ends the connection.
    /// </summary>
    ValueTask HandleAsync(in MqttPublishFrame frame);
}
