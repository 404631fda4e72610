using System.Buffers;
using System.Text;

namespace Coworking.Mqtt.Tests.Codec;

/// <summary>Reads a stream, whole or in pieces, and says in words what came out of it.</summary>
internal static class Packets
{
    /// <summary>At least one of every packet a broker can send, with every property where it may stand.</summary>
    public static readonly byte[][] Samples =
    [
        BrokerPackets.ConnAck(),
        BrokerPackets.ConnAck(sessionPresent: true, MqttReasonCode.Success, [
            0x11, 0, 0, 0, 60, 0x21, 0, 20, 0x24, 1, 0x25, 1, 0x27, 0, 1, 0, 0, 0x12, .. BrokerPackets.Text("given"), 0x22, 0, 10, 0x28, 1, 0x29, 0, 0x2A, 1,
            0x13, 0, 30, 0x1A, .. BrokerPackets.Text("info"), 0x1C, .. BrokerPackets.Text("other"), 0x1F, .. BrokerPackets.Text("why"),
            0x15, .. BrokerPackets.Text("method"), 0x16, 0, 2, 1, 2, .. BrokerPackets.UserProperty("a", "b"), .. BrokerPackets.UserProperty("a", "c")]),
        BrokerPackets.Publish("t", ""),
        BrokerPackets.Publish("sites/a/offices/b/telemetry", "{\"co2_ppm\":900}", 7, level: 1, duplicate: true),
        BrokerPackets.Publish("sites/ä/offices/b/desired", new string('x', 300), 65535, level: 2, retain: true, properties: [
            0x01, 1, 0x02, 0, 0, 0, 9, 0x03, .. BrokerPackets.Text("json"), 0x08, .. BrokerPackets.Text("reply"), 0x09, 0, 1, 255, 0x0B, 0x80, 1, 0x0B, 5,
            .. BrokerPackets.UserProperty("traceparent", "00-1")]),
        BrokerPackets.PubAck(1),
        BrokerPackets.PubAck(300, MqttReasonCode.NoMatchingSubscribers),
        BrokerPackets.Packet(0x50, [0, 9]),
        BrokerPackets.PubRel(258),
        BrokerPackets.Packet(0x70, [0, 9, 0x92]),
        BrokerPackets.SubAck(4, 0, 1, 2, 0x87),
        BrokerPackets.UnsubAck(5, 0, 0x11),
        BrokerPackets.PingResp(),
        BrokerPackets.Disconnect(MqttReasonCode.ServerShuttingDown, [0x1F, .. BrokerPackets.Text("bye")]),
        [0xE0, 0],
    ];

    public static List<string> Read(IEnumerable<byte[]> pieces, uint maximumPacketSize = 64 * 1024)
    {
        using var reader = new MqttFrameReader(maximumPacketSize);
        var read = new List<string>();
        var rest = Array.Empty<byte>();

        foreach (var piece in pieces)
        {
            var buffer = Segment.Sequence(rest, piece);

            while (reader.TryRead(ref buffer, out var frame))
            {
                read.Add(Describe(frame));
            }

            rest = buffer.ToArray();
        }

        if (rest.Length > 0)
        {
            read.Add($"{rest.Length} bytes of a packet");
        }

        return read;
    }

    public static string Describe(in MqttFrame frame)
    {
        switch (frame.Type)
        {
            case MqttPacketType.Publish:
                var publish = MqttDecoder.Publish(frame, connection: null);
                var trace = publish.TryGetUserProperty("traceparent"u8, out var value) ? Encoding.UTF8.GetString(value) : "none";
                return $"PUBLISH {Encoding.UTF8.GetString(publish.Topic)} {publish.PacketId} {publish.QualityOfServiceLevel} {publish.Retain} "
                    + $"{publish.Duplicate} {trace} {string.Join(',', publish.CopyUserProperties())} {Convert.ToHexString(publish.Payload)}";
            case MqttPacketType.ConnAck:
                return MqttDecoder.ConnAck(frame).ToString();
            case MqttPacketType.PubAck or MqttPacketType.PubRec or MqttPacketType.PubRel or MqttPacketType.PubComp:
                return $"{frame.Type} {MqttDecoder.Ack(frame)}";
            case MqttPacketType.SubAck or MqttPacketType.UnsubAck:
                var answer = MqttDecoder.SubAck(frame);
                return $"{frame.Type} {answer.PacketId} {string.Join(',', answer.ReasonCodes)}";
            case MqttPacketType.PingResp:
                MqttDecoder.PingResp(frame);
                return "PINGRESP";
            case MqttPacketType.Disconnect:
                return $"DISCONNECT {MqttDecoder.Disconnect(frame)}";
            default:
                return $"{frame.Type} {frame.Flags} {Convert.ToHexString(frame.Body)}";
        }
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        private Segment(byte[] bytes, long index) => (Memory, RunningIndex) = (bytes, index);

        public static ReadOnlySequence<byte> Sequence(byte[] first, byte[] second)
        {
            var head = new Segment(first, 0);
            var tail = new Segment(second, first.Length);
            head.Next = tail;
            return new ReadOnlySequence<byte>(head, 0, tail, second.Length);
        }
    }
}
