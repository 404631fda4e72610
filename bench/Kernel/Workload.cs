using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Coworking.Bench;

/// <summary>
/// Messages by number, each distinct, about 100 bytes of JSON as in wire.md. Message i is a sample of space i % count; samples of a space follow one another
/// by device time. One space in twenty has bad air for six of ten minutes, so that alerts open and close.
/// </summary>
internal sealed class Workload
{
    public const int MaxPayload = 192;
    private const int Cycle = 600;
    private const int Breaching = 360;
    private const int OpensAfter = 300;

    private readonly byte[][] _topics;
    private readonly DateTimeOffset _start;
    private readonly TimeSpan _spacing;
    private readonly bool _version5;

    public Workload(IReadOnlyList<BenchSpace> spaces, DateTimeOffset start, TimeSpan spacing, bool version5 = false)
    {
        Spaces = spaces;
        _topics = [.. spaces.Select(space => Encoding.UTF8.GetBytes(space.Topic))];
        // Whole milliseconds, which is what the payload says.
        _start = new DateTimeOffset(start.UtcTicks - (start.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
        (_spacing, _version5) = (spacing, version5);
    }

    public IReadOnlyList<BenchSpace> Spaces { get; }

    /// <summary>No PUBLISH is longer.</summary>
    public static int MaxPacket => 5 + 2 + 128 + 3 + MaxPayload;

    /// <summary>Writes message i as a PUBLISH with QoS 1.</summary>
    /// <returns>Its length.</returns>
    public int Encode(Span<byte> packet, long i, ushort packetId)
    {
        Span<byte> payload = stackalloc byte[MaxPayload];
        var length = Payload(i, payload);
        var topic = _topics[i % _topics.Length];
        var body = 2 + topic.Length + 2 + (_version5 ? 1 : 0) + length;

        // Between 128 and 16,383: the Remaining Length takes two bytes.
        packet[0] = 0x32;
        packet[1] = (byte)(0x80 | (body & 0x7F));
        packet[2] = (byte)(body >> 7);
        BinaryPrimitives.WriteUInt16BigEndian(packet[3..], (ushort)topic.Length);
        topic.CopyTo(packet[5..]);
        var at = 5 + topic.Length;
        BinaryPrimitives.WriteUInt16BigEndian(packet[at..], packetId);
        at += 2;

        if (_version5)
        {
            packet[at++] = 0;
        }

        payload[..length].CopyTo(packet[at..]);
        return at + length;
    }

    /// <summary>Device time of message i.</summary>
    public DateTimeOffset TimeOf(long i) => _start + (i / _topics.Length * _spacing);

    /// <summary>The CO2 alerts that so many messages amount to, each with its start in milliseconds since 1970; samples a second or a whole part of it apart.</summary>
    public IEnumerable<(Guid Space, long StartedAt)> AlertsOf(long messages)
    {
        var perCycle = (long)(Cycle / _spacing.TotalSeconds);
        var opening = (long)(OpensAfter / _spacing.TotalSeconds);

        for (var space = 0; space < _topics.Length; space += 20)
        {
            var samples = (messages / _topics.Length) + (space < messages % _topics.Length ? 1 : 0);

            for (var sample = opening; sample < samples; sample += perCycle)
            {
                yield return (Spaces[space].Id, (_start + (sample * _spacing)).ToUnixTimeMilliseconds());
            }
        }
    }

    /// <summary>The JSON of message i.</summary>
    /// <returns>Its length.</returns>
    public int Payload(long i, Span<byte> payload)
    {
        var (sample, space) = Math.DivRem(i, _topics.Length);
        var at = TimeOf(i);
        var tenths = sample % 50;
        var second = (long)(sample * _spacing.TotalSeconds) % Cycle;
        var co2 = space % 20 == 0 && second < Breaching ? 1200 + (sample % 50) : 500 + ((sample + space) % 300);
        Utf8.TryWrite(
            payload,
            CultureInfo.InvariantCulture,
            $"{{\"ts\":\"{at.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fff}Z\",\"temp_c\":{20 + (tenths / 10)}.{tenths % 10},\"humidity_pct\":49.3,\"co2_ppm\":{co2},\"occupancy\":0,\"power_w\":{110 + (sample % 20)}}}",
            out var written);
        return written;
    }
}
