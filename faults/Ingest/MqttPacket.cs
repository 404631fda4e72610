using System.Buffers.Binary;
using System.Text;

namespace Coworking.Faults.Ingest;

/// <summary>One MQTT 5 packet as it passes by; a parser of our own, so that the client's is not its own witness.</summary>
/// <param name="Bytes">The whole packet.</param>
/// <param name="Header">Length of type and Remaining Length.</param>
internal readonly record struct MqttPacket(ReadOnlyMemory<byte> Bytes, int Header)
{
    public const int Connect = 1;
    public const int Publish = 3;
    public const int PubAck = 4;
    public const int SubAck = 9;

    /// <summary>Device time of a reading of the workload: what distinguishes two of one space.</summary>
    private const int Distinct = 32;

    public int Kind => Bytes.Span[0] >> 4;

    public int Level => (Bytes.Span[0] >> 1) & 3;

    public bool IsDuplicate => (Bytes.Span[0] & 8) != 0;

    /// <summary>Of PUBACK and SUBACK.</summary>
    public ushort Id => BinaryPrimitives.ReadUInt16BigEndian(Body);

    public ushort PublishId => BinaryPrimitives.ReadUInt16BigEndian(Body[(2 + TopicLength)..]);

    /// <summary>Topic and the beginning of the payload of a PUBLISH with QoS 1.</summary>
    public (string Topic, string Payload) Reading
    {
        get
        {
            var rest = Body[(2 + TopicLength + 2)..];
            var payload = rest[(1 + rest[0])..];
            return (Encoding.UTF8.GetString(Body.Slice(2, TopicLength)), Encoding.UTF8.GetString(payload[..Math.Min(Distinct, payload.Length)]));
        }
    }

    /// <summary>CONNECT: behind name, level and flags come keep-alive, properties and the client id (3.1).</summary>
    public bool IsCleanStart => (Body[7] & 2) != 0;

    public string ClientId
    {
        get
        {
            // Our clients have a few properties: their length takes one byte.
            var rest = Body[(10 + 1 + Body[10])..];
            return Encoding.UTF8.GetString(rest.Slice(2, BinaryPrimitives.ReadUInt16BigEndian(rest)));
        }
    }

    private ReadOnlySpan<byte> Body => Bytes.Span[Header..];

    private int TopicLength => BinaryPrimitives.ReadUInt16BigEndian(Body);

    /// <summary>Cuts the first whole packet off; false when more bytes are needed.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, out MqttPacket packet)
    {
        packet = default;
        var span = bytes.Span;
        var length = 0;

        for (var at = 1; at < span.Length; at++)
        {
            length |= (span[at] & 0x7F) << (7 * (at - 1));

            if (span[at] < 0x80)
            {
                packet = at + 1 + length <= span.Length ? new MqttPacket(bytes[..(at + 1 + length)], at + 1) : default;
                return packet.Header > 0;
            }
        }

        return false;
    }
}
