namespace Coworking.Mqtt;

/// <summary>Walks and checks a property block (MQTT 5.0, 2.2.2): allowed here, not twice, complete, well-formed.</summary>
internal ref struct MqttPropertyReader(ReadOnlySpan<byte> block, ulong allowed)
{
    private SpanReader _reader = new(block);
    private ulong _seen;

    public MqttPropertyId Id { get; private set; }

    /// <summary>The value of a numeric property.</summary>
    public uint Number { get; private set; }

    /// <summary>The value of a string or binary property.</summary>
    public ReadOnlySpan<byte> Text { get; private set; }

    /// <summary>The name of a user property.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>A set of properties, as a bit each: all identifiers are below 64.</summary>
    public static ulong Set(params ReadOnlySpan<MqttPropertyId> ids)
    {
        var set = 0ul;

        foreach (var id in ids)
        {
            set |= 1ul << (int)id;
        }

        return set;
    }

    public bool MoveNext()
    {
        if (_reader.IsEmpty)
        {
            return false;
        }

        var id = _reader.ReadVariableByteInteger();
        var bit = id < 64 ? 1ul << (int)id : 0;

        if ((allowed & bit) == 0)
        {
            throw MqttProtocolException.Malformed($"Property 0x{id:x2} is unknown or has no place in this packet.");
        }

        Id = (MqttPropertyId)id;

        if ((_seen & bit) != 0 && Id is not (MqttPropertyId.UserProperty or MqttPropertyId.SubscriptionIdentifier))
        {
            throw MqttProtocolException.Violation($"Property {Id} comes twice.");
        }

        _seen |= bit;
        ReadValue();
        return true;
    }

    /// <summary>The value of a property that is 0 or 1.</summary>
    public readonly bool Flag => Number <= 1 ? Number == 1 : throw MqttProtocolException.Violation($"Property {Id} is {Number}, not 0 or 1.");

    /// <summary>The value of a property that must not be 0.</summary>
    public readonly uint Positive => Number != 0 ? Number : throw MqttProtocolException.Violation($"Property {Id} is 0.");

    private void ReadValue()
    {
        switch (Id)
        {
            case MqttPropertyId.PayloadFormatIndicator or MqttPropertyId.MaximumQoS or MqttPropertyId.RetainAvailable
                or MqttPropertyId.WildcardSubscriptionAvailable or MqttPropertyId.SubscriptionIdentifierAvailable
                or MqttPropertyId.SharedSubscriptionAvailable:
                Number = _reader.ReadByte();
                break;
            case MqttPropertyId.ServerKeepAlive or MqttPropertyId.ReceiveMaximum or MqttPropertyId.TopicAliasMaximum or MqttPropertyId.TopicAlias:
                Number = _reader.ReadUInt16();
                break;
            case MqttPropertyId.MessageExpiryInterval or MqttPropertyId.SessionExpiryInterval or MqttPropertyId.MaximumPacketSize:
                Number = _reader.ReadUInt32();
                break;
            case MqttPropertyId.SubscriptionIdentifier:
                Number = _reader.ReadVariableByteInteger();
                break;
            case MqttPropertyId.CorrelationData or MqttPropertyId.AuthenticationData:
                Text = _reader.ReadBinary();
                break;
            case MqttPropertyId.UserProperty:
                Name = _reader.ReadUtf8();
                Text = _reader.ReadUtf8();
                break;
            default:
                Text = _reader.ReadUtf8();
                break;
        }
    }
}
