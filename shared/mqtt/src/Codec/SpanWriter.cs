using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;

namespace Coworking.Mqtt;

/// <summary>Writes the data types of MQTT 5.0, 1.5 into one packet whose length is known beforehand.</summary>
internal ref struct SpanWriter
{
    /// <summary>1.5.5: the largest value of a Variable Byte Integer.</summary>
    private const int MaximumVariableByteInteger = 268_435_455;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Span<byte> _packet;
    private int _written;

    private SpanWriter(Span<byte> packet) => _packet = packet;

    public static SpanWriter Begin(IBufferWriter<byte> output, MqttPacketType type, byte flags, int bodyLength)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bodyLength, MaximumVariableByteInteger);
        var total = 1 + LengthOf((uint)bodyLength) + bodyLength;
        var writer = new SpanWriter(output.GetSpan(total)[..total]);
        writer.WriteByte((byte)(((int)type << 4) | flags));
        writer.WriteVariableByteInteger((uint)bodyLength);
        return writer;
    }

    public readonly void End(IBufferWriter<byte> output)
    {
        Debug.Assert(_written == _packet.Length, "The length of the packet was computed wrong.");
        output.Advance(_written);
    }

    /// <summary>A string with its two bytes of length. Lone surrogates throw <see cref="EncoderFallbackException"/>, an ArgumentException.</summary>
    public static int LengthOf(string text)
    {
        var length = StrictUtf8.GetByteCount(text);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, ushort.MaxValue, nameof(text));

        if (text.Contains('\0'))
        {
            throw new ArgumentException("An MQTT string must not hold U+0000.", nameof(text));
        }

        return 2 + length;
    }

    public static int LengthOf(uint value) => value switch
    {
        < 128 => 1,
        < 16_384 => 2,
        < 2_097_152 => 3,
        _ => 4,
    };

    public void WriteByte(byte value) => _packet[_written++] = value;

    public void WriteUInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_packet[_written..], value);
        _written += 2;
    }

    public void WriteUInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_packet[_written..], value);
        _written += 4;
    }

    public void WriteVariableByteInteger(uint value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            WriteByte((byte)(value | 0x80));
        }

        WriteByte((byte)value);
    }

    public void WriteString(string text)
    {
        var length = StrictUtf8.GetBytes(text, _packet[(_written + 2)..]);
        WriteUInt16((ushort)length);
        _written += length;
    }

    public void WriteBinary(ReadOnlySpan<byte> bytes)
    {
        WriteUInt16((ushort)bytes.Length);
        WriteRaw(bytes);
    }

    public void WriteRaw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_packet[_written..]);
        _written += bytes.Length;
    }
}
