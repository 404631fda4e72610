namespace Coworking.Mqtt.Tests.Codec;

public sealed class DecoderTests
{
    public static TheoryData<string, byte[], MqttReasonCode> Refused => new()
    {
        { "packet type 0", [0x00, 0x00], MqttReasonCode.MalformedPacket },
        { "remaining length of five bytes", [0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], MqttReasonCode.MalformedPacket },
        { "larger than agreed", [0x30, 0xFF, 0xFF, 0xFF, 0x7F], MqttReasonCode.PacketTooLarge },
        { "QoS 3", [0x36, 0x06, 0, 1, (byte)'t', 0, 1, 0], MqttReasonCode.MalformedPacket },
        { "DUP with QoS 0", [0x38, 0x04, 0, 1, (byte)'t', 0], MqttReasonCode.MalformedPacket },
        { "packet id 0", BrokerPackets.Publish("t", "", 0, level: 1), MqttReasonCode.ProtocolError },
        { "packet id 0 in PUBACK", BrokerPackets.PubAck(0), MqttReasonCode.ProtocolError },
        { "empty topic", BrokerPackets.Publish("", ""), MqttReasonCode.ProtocolError },
        { "U+0000 in topic", BrokerPackets.Publish("a\0b", ""), MqttReasonCode.MalformedPacket },
        { "wildcard in topic", BrokerPackets.Publish("a/+/b", ""), MqttReasonCode.TopicNameInvalid },
        { "overlong UTF-8", [0x30, 0x05, 0, 2, 0xC0, 0x80, 0], MqttReasonCode.MalformedPacket },
        { "surrogate in UTF-8", [0x30, 0x06, 0, 3, 0xED, 0xA0, 0x80, 0], MqttReasonCode.MalformedPacket },
        { "topic longer than the packet", [0x30, 0x04, 0, 9, (byte)'t', 0], MqttReasonCode.MalformedPacket },
        { "properties longer than the packet", [0x30, 0x04, 0, 1, (byte)'t', 9], MqttReasonCode.MalformedPacket },
        { "topic alias", BrokerPackets.Publish("t", "", properties: [0x23, 0, 1]), MqttReasonCode.TopicAliasInvalid },
        { "unknown property", BrokerPackets.Publish("t", "", properties: [0x7E, 0]), MqttReasonCode.MalformedPacket },
        { "property of another packet", BrokerPackets.Publish("t", "", properties: [0x21, 0, 1]), MqttReasonCode.MalformedPacket },
        { "property twice", BrokerPackets.Publish("t", "", properties: [0x01, 1, 0x01, 1]), MqttReasonCode.ProtocolError },
        { "payload format 2", BrokerPackets.Publish("t", "", properties: [0x01, 2]), MqttReasonCode.ProtocolError },
        { "subscription identifier 0", BrokerPackets.Publish("t", "", properties: [0x0B, 0]), MqttReasonCode.ProtocolError },
        { "user property with bad UTF-8", BrokerPackets.Publish("t", "", properties: [0x26, 0, 1, 0xFF, 0, 0]), MqttReasonCode.MalformedPacket },
        { "flags in PUBACK", [0x41, 0x02, 0, 1], MqttReasonCode.MalformedPacket },
        { "flags in PUBREL", [0x60, 0x02, 0, 1], MqttReasonCode.MalformedPacket },
        { "flags in PINGRESP", [0xD1, 0], MqttReasonCode.MalformedPacket },
        { "body in PINGRESP", [0xD0, 1, 0], MqttReasonCode.MalformedPacket },
        { "unknown reason", [0x40, 0x03, 0, 1, 0x55], MqttReasonCode.MalformedPacket },
        { "bytes after the properties", [0x40, 0x05, 0, 1, 0, 0, 0], MqttReasonCode.MalformedPacket },
        { "acknowledge flags in CONNACK", [0x20, 0x03, 2, 0, 0], MqttReasonCode.MalformedPacket },
        { "receive maximum 0", BrokerPackets.ConnAck(properties: [0x21, 0, 0]), MqttReasonCode.ProtocolError },
        { "maximum QoS 2", BrokerPackets.ConnAck(properties: [0x24, 2]), MqttReasonCode.ProtocolError },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_not_allowed_is_refused_with_the_reason_the_specification_names(string what, byte[] bytes, MqttReasonCode reason)
    {
        var refusal = Assert.Throws<MqttProtocolException>(() => Packets.Read([bytes]));
        Assert.True(reason == refusal.ReasonCode, $"{what}: {refusal.ReasonCode}, {refusal.Message}");
    }

    [Fact]
    public void Reading_a_publish_that_lies_in_one_piece_allocates_nothing()
    {
        byte[] bytes = BrokerPackets.Publish("sites/a/offices/b/telemetry", "{}", 1, level: 1, properties: BrokerPackets.UserProperty("traceparent", "00-1"));
        using var reader = new MqttFrameReader(1024);
        ReadThousand(reader, bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var lengths = ReadThousand(reader, bytes);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1000 * ("sites/a/offices/b/telemetry".Length + 2 + 4), lengths);
    }

    private static int ReadThousand(MqttFrameReader reader, byte[] bytes)
    {
        var lengths = 0;

        for (var i = 0; i < 1000; i++)
        {
            var buffer = new System.Buffers.ReadOnlySequence<byte>(bytes);
            Assert.True(reader.TryRead(ref buffer, out var frame));
            var publish = MqttDecoder.Publish(frame, connection: null);
            publish.TryGetUserProperty("traceparent"u8, out var trace);
            lengths += publish.Topic.Length + publish.Payload.Length + trace.Length;
        }

        return lengths;
    }
}
