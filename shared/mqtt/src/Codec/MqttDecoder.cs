using System.Text;
using System.Text.Unicode;

namespace Coworking.Mqtt;

/// <summary>The CONNACK (MQTT 5.0, 3.2).</summary>
internal sealed record ConnAckPacket(bool SessionPresent, MqttReasonCode ReasonCode, MqttServerLimits Limits, string? ReasonString);

/// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP (MQTT 5.0, 3.4 to 3.7).</summary>
internal readonly record struct AckPacket(ushort PacketId, MqttReasonCode ReasonCode);

/// <summary>SUBACK or UNSUBACK (MQTT 5.0, 3.9 and 3.11).</summary>
internal sealed record SubAckPacket(ushort PacketId, IReadOnlyList<MqttReasonCode> ReasonCodes);

/// <summary>Reads the packets a broker may send. Throws <see cref="MqttProtocolException"/> and nothing else.</summary>
internal static class MqttDecoder
{
    private static readonly ulong InPublish = MqttPropertyReader.Set(
        MqttPropertyId.PayloadFormatIndicator, MqttPropertyId.MessageExpiryInterval, MqttPropertyId.ContentType, MqttPropertyId.ResponseTopic,
        MqttPropertyId.CorrelationData, MqttPropertyId.SubscriptionIdentifier, MqttPropertyId.TopicAlias, MqttPropertyId.UserProperty);

    private static readonly ulong InAcks = MqttPropertyReader.Set(MqttPropertyId.ReasonString, MqttPropertyId.UserProperty);

    private static readonly ulong InDisconnect = InAcks | MqttPropertyReader.Set(MqttPropertyId.SessionExpiryInterval, MqttPropertyId.ServerReference);

    private static readonly ulong InConnAck = InAcks | MqttPropertyReader.Set(
        MqttPropertyId.SessionExpiryInterval, MqttPropertyId.ReceiveMaximum, MqttPropertyId.MaximumQoS, MqttPropertyId.RetainAvailable,
        MqttPropertyId.MaximumPacketSize, MqttPropertyId.AssignedClientIdentifier, MqttPropertyId.TopicAliasMaximum,
        MqttPropertyId.WildcardSubscriptionAvailable, MqttPropertyId.SubscriptionIdentifierAvailable, MqttPropertyId.SharedSubscriptionAvailable,
        MqttPropertyId.ServerKeepAlive, MqttPropertyId.ResponseInformation, MqttPropertyId.ServerReference, MqttPropertyId.AuthenticationMethod,
        MqttPropertyId.AuthenticationData);

    public static MqttPublishFrame Publish(in MqttFrame frame, MqttConnection? connection)
    {
        var level = (MqttQualityOfServiceLevel)((frame.Flags >> 1) & 3);

        if ((int)level == 3 || (level == MqttQualityOfServiceLevel.AtMostOnce && (frame.Flags & 8) != 0))
        {
            throw MqttProtocolException.Malformed($"PUBLISH with flags {frame.Flags:x}: QoS 3, or DUP with QoS 0.");
        }

        var reader = new SpanReader(frame.Body);
        var topic = reader.ReadBinary();
        var packetId = level == MqttQualityOfServiceLevel.AtMostOnce ? (ushort)0 : reader.ReadPacketId();
        var properties = reader.ReadPropertyBlock();

        if (!properties.IsEmpty)
        {
            CheckPublishProperties(properties);
        }

        CheckTopic(topic);
        return new MqttPublishFrame(frame.Flags, packetId, topic, properties, reader.Rest, connection);
    }

    public static AckPacket Ack(in MqttFrame frame)
    {
        frame.RequireFlags(frame.Type == MqttPacketType.PubRel ? (byte)2 : (byte)0);
        var reader = new SpanReader(frame.Body);
        var packetId = reader.ReadPacketId();
        return new AckPacket(packetId, ReadReasonAndProperties(ref reader, InAcks));
    }

    public static SubAckPacket SubAck(in MqttFrame frame)
    {
        frame.RequireFlags(0);
        var reader = new SpanReader(frame.Body);
        var packetId = reader.ReadPacketId();
        CheckProperties(reader.ReadPropertyBlock(), InAcks);
        var codes = new MqttReasonCode[reader.Rest.Length];

        for (var i = 0; i < codes.Length; i++)
        {
            codes[i] = reader.ReadReasonCode();
        }

        return new SubAckPacket(packetId, codes);
    }

    public static MqttReasonCode Disconnect(in MqttFrame frame)
    {
        frame.RequireFlags(0);
        var reader = new SpanReader(frame.Body);
        return ReadReasonAndProperties(ref reader, InDisconnect);
    }

    public static void PingResp(in MqttFrame frame)
    {
        frame.RequireFlags(0);
        new SpanReader(frame.Body).RequireEnd();
    }

    public static ConnAckPacket ConnAck(in MqttFrame frame)
    {
        frame.RequireFlags(0);
        var reader = new SpanReader(frame.Body);
        var flags = reader.ReadByte();

        if (flags > 1)
        {
            throw MqttProtocolException.Malformed($"CONNACK with reserved acknowledge flags {flags:x}.");
        }

        var code = reader.ReadReasonCode();
        var limits = ReadLimits(reader.ReadPropertyBlock(), out var reason);
        reader.RequireEnd();
        return new ConnAckPacket(flags == 1, code, limits, reason);
    }

    private static MqttServerLimits ReadLimits(ReadOnlySpan<byte> block, out string? reason)
    {
        var limits = new MqttServerLimits();
        reason = null;
        var properties = new MqttPropertyReader(block, InConnAck);

        while (properties.MoveNext())
        {
            limits = properties.Id switch
            {
                MqttPropertyId.ReceiveMaximum => limits with { ReceiveMaximum = (ushort)properties.Positive },
                MqttPropertyId.MaximumPacketSize => limits with { MaximumPacketSize = properties.Positive },
                MqttPropertyId.MaximumQoS => limits with { MaximumQoS = properties.Flag ? MqttQualityOfServiceLevel.AtLeastOnce : default },
                MqttPropertyId.RetainAvailable => limits with { RetainAvailable = properties.Flag },
                MqttPropertyId.WildcardSubscriptionAvailable => limits with { WildcardSubscriptionAvailable = properties.Flag },
                MqttPropertyId.SharedSubscriptionAvailable => limits with { SharedSubscriptionAvailable = properties.Flag },
                MqttPropertyId.ServerKeepAlive => limits with { KeepAlive = TimeSpan.FromSeconds(properties.Number) },
                MqttPropertyId.SessionExpiryInterval => limits with { SessionExpiryInterval = TimeSpan.FromSeconds(properties.Number) },
                MqttPropertyId.AssignedClientIdentifier => limits with { AssignedClientIdentifier = Encoding.UTF8.GetString(properties.Text) },
                _ => limits,
            };
            reason = properties.Id == MqttPropertyId.ReasonString ? Encoding.UTF8.GetString(properties.Text) : reason;
        }

        return limits;
    }

    // 3.4.2.1 and 3.14.2.1: both the reason and the property length may be left out.
    private static MqttReasonCode ReadReasonAndProperties(ref SpanReader reader, ulong allowed)
    {
        var code = reader.IsEmpty ? MqttReasonCode.Success : reader.ReadReasonCode();

        if (!reader.IsEmpty)
        {
            CheckProperties(reader.ReadPropertyBlock(), allowed);
        }

        reader.RequireEnd();
        return code;
    }

    private static void CheckProperties(ReadOnlySpan<byte> block, ulong allowed)
    {
        var properties = new MqttPropertyReader(block, allowed);

        while (properties.MoveNext())
        {
        }
    }

    private static void CheckPublishProperties(ReadOnlySpan<byte> block)
    {
        var properties = new MqttPropertyReader(block, InPublish);

        while (properties.MoveNext())
        {
            switch (properties.Id)
            {
                // Topic Alias Maximum is left out of our CONNECT, so that no alias is allowed (3.3.2.3.4).
                case MqttPropertyId.TopicAlias:
                    throw new MqttProtocolException(MqttReasonCode.TopicAliasInvalid, "A topic alias, and none was agreed.");
                case MqttPropertyId.PayloadFormatIndicator:
                    _ = properties.Flag;
                    break;
                case MqttPropertyId.SubscriptionIdentifier:
                    _ = properties.Positive;
                    break;
                default:
                    break;
            }
        }
    }

    private static void CheckTopic(ReadOnlySpan<byte> topic)
    {
        if (topic.IndexOfAny((byte)0, (byte)'#', (byte)'+') is >= 0 and var at)
        {
            throw topic[at] == 0
                ? MqttProtocolException.Malformed("A topic name holds U+0000.")
                : new MqttProtocolException(MqttReasonCode.TopicNameInvalid, "A topic name holds a wildcard.");
        }

        if (!Utf8.IsValid(topic))
        {
            throw MqttProtocolException.Malformed("A topic name is not well-formed UTF-8.");
        }

        if (topic.IsEmpty)
        {
            throw MqttProtocolException.Violation("A PUBLISH without topic name or alias.");
        }
    }
}
