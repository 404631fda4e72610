using System.Buffers;
using System.Text;

namespace Coworking.Mqtt;

/// <summary>Writes the packets a client may send (MQTT 5.0, 3). Throws <see cref="ArgumentException"/> for what cannot be said in MQTT.</summary>
internal static class MqttEncoder
{
    /// <summary>3.1.2.1 and 3.1.2.2: protocol name and version 5.</summary>
    private static ReadOnlySpan<byte> ProtocolNameAndVersion => [0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 5];

    public static void Connect(IBufferWriter<byte> output, MqttClientOptions options)
    {
        // Five bytes each: identifier and a four-byte integer.
        var propertyLength = (options.SessionExpiryInterval > TimeSpan.Zero ? 5 : 0) + 3 + 5;
        var will = options.Will;
        var bodyLength = ProtocolNameAndVersion.Length + 3 + 1 + propertyLength + SpanWriter.LengthOf(options.ClientId)
            + (will is null ? 0 : WillLength(will))
            + (options.Username is null ? 0 : SpanWriter.LengthOf(options.Username))
            + (options.Password is null ? 0 : SpanWriter.LengthOf(options.Password));
        var writer = SpanWriter.Begin(output, MqttPacketType.Connect, 0, bodyLength);
        writer.WriteRaw(ProtocolNameAndVersion);
        writer.WriteByte(ConnectFlags(options));
        writer.WriteUInt16((ushort)Math.Ceiling(options.KeepAlive.TotalSeconds));
        writer.WriteVariableByteInteger((uint)propertyLength);

        if (options.SessionExpiryInterval > TimeSpan.Zero)
        {
            writer.WriteByte((byte)MqttPropertyId.SessionExpiryInterval);
            writer.WriteUInt32((uint)Math.Min(Math.Ceiling(options.SessionExpiryInterval.TotalSeconds), uint.MaxValue));
        }

        writer.WriteByte((byte)MqttPropertyId.ReceiveMaximum);
        writer.WriteUInt16(options.ReceiveMaximum);
        writer.WriteByte((byte)MqttPropertyId.MaximumPacketSize);
        writer.WriteUInt32(options.MaximumPacketSize);
        writer.WriteString(options.ClientId);

        if (will is not null)
        {
            WriteUserProperties(ref writer, will);
            writer.WriteString(will.Topic);
            writer.WriteBinary(will.Payload.Span);
        }

        if (options.Username is not null)
        {
            writer.WriteString(options.Username);
        }

        if (options.Password is not null)
        {
            writer.WriteString(options.Password);
        }

        writer.End(output);
    }

    /// <summary>The whole length of the PUBLISH, to compare with the broker's Maximum Packet Size.</summary>
    public static int LengthOf(MqttApplicationMessage message)
    {
        var bodyLength = PublishLength(message);
        return 1 + SpanWriter.LengthOf((uint)bodyLength) + bodyLength;
    }

    public static void Publish(IBufferWriter<byte> output, MqttApplicationMessage message, ushort packetId, bool duplicate)
    {
        var level = (int)message.QualityOfServiceLevel;
        var flags = (duplicate ? 8 : 0) | (level << 1) | (message.Retain ? 1 : 0);
        var writer = SpanWriter.Begin(output, MqttPacketType.Publish, (byte)flags, PublishLength(message));
        writer.WriteString(message.Topic);

        if (level > 0)
        {
            writer.WriteUInt16(packetId);
        }

        WriteUserProperties(ref writer, message);
        writer.WriteRaw(message.Payload.Span);
        writer.End(output);
    }

    /// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP.</summary>
    public static void Ack(IBufferWriter<byte> output, MqttPacketType type, ushort packetId, MqttReasonCode code = MqttReasonCode.Success)
    {
        var writer = SpanWriter.Begin(output, type, type == MqttPacketType.PubRel ? (byte)2 : (byte)0, code == MqttReasonCode.Success ? 2 : 3);
        writer.WriteUInt16(packetId);

        if (code != MqttReasonCode.Success)
        {
            writer.WriteByte((byte)code);
        }

        writer.End(output);
    }

    public static void Subscribe(IBufferWriter<byte> output, ushort packetId, IReadOnlyList<MqttTopicFilter> filters)
    {
        var writer = SpanWriter.Begin(output, MqttPacketType.Subscribe, 2, 3 + filters.Sum(filter => SpanWriter.LengthOf(filter.Topic) + 1));
        writer.WriteUInt16(packetId);
        writer.WriteByte(0);

        foreach (var filter in filters)
        {
            writer.WriteString(filter.Topic);
            writer.WriteByte((byte)((int)filter.QualityOfServiceLevel | (filter.NoLocal ? 4 : 0) | (filter.RetainAsPublished ? 8 : 0)
                | ((int)filter.RetainHandling << 4)));
        }

        writer.End(output);
    }

    public static void Unsubscribe(IBufferWriter<byte> output, ushort packetId, IReadOnlyList<string> topics)
    {
        var writer = SpanWriter.Begin(output, MqttPacketType.Unsubscribe, 2, 3 + topics.Sum(topic => SpanWriter.LengthOf(topic)));
        writer.WriteUInt16(packetId);
        writer.WriteByte(0);

        foreach (var topic in topics)
        {
            writer.WriteString(topic);
        }

        writer.End(output);
    }

    public static void PingReq(IBufferWriter<byte> output) => SpanWriter.Begin(output, MqttPacketType.PingReq, 0, 0).End(output);

    public static void Disconnect(IBufferWriter<byte> output, MqttReasonCode code)
    {
        var writer = SpanWriter.Begin(output, MqttPacketType.Disconnect, 0, 1);
        writer.WriteByte((byte)code);
        writer.End(output);
    }

    private static byte ConnectFlags(MqttClientOptions options)
    {
        var flags = options.CleanStart ? 0x02 : 0;

        if (options.Will is { } will)
        {
            flags |= 0x04 | ((int)will.QualityOfServiceLevel << 3) | (will.Retain ? 0x20 : 0);
        }

        return (byte)(flags | (options.Password is null ? 0 : 0x40) | (options.Username is null ? 0 : 0x80));
    }

    private static int WillLength(MqttApplicationMessage will) =>
        UserPropertiesLength(will) + SpanWriter.LengthOf(will.Topic) + 2 + will.Payload.Length;

    private static int PublishLength(MqttApplicationMessage message) =>
        SpanWriter.LengthOf(message.Topic) + (message.QualityOfServiceLevel == MqttQualityOfServiceLevel.AtMostOnce ? 0 : 2) + UserPropertiesLength(message) + message.Payload.Length;

    /// <summary>With the length field before them.</summary>
    private static int UserPropertiesLength(MqttApplicationMessage message)
    {
        var block = UserPropertyBlockLength(message);
        return SpanWriter.LengthOf((uint)block) + block;
    }

    private static int UserPropertyBlockLength(MqttApplicationMessage message)
    {
        var length = 0;

        for (var i = 0; i < message.UserProperties.Count; i++)
        {
            length += 1 + SpanWriter.LengthOf(message.UserProperties[i].Name) + SpanWriter.LengthOf(message.UserProperties[i].Value);
        }

        return length;
    }

    private static void WriteUserProperties(ref SpanWriter writer, MqttApplicationMessage message)
    {
        writer.WriteVariableByteInteger((uint)UserPropertyBlockLength(message));

        for (var i = 0; i < message.UserProperties.Count; i++)
        {
            writer.WriteByte((byte)MqttPropertyId.UserProperty);
            writer.WriteString(message.UserProperties[i].Name);
            writer.WriteString(message.UserProperties[i].Value);
        }
    }
}
