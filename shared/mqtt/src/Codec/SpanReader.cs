using System.Buffers.Binary;
using System.Text.Unicode;

namespace Coworking.Mqtt;

/// <summary>Reads the data types of MQTT 5.0, 1.5 and never beyond the packet.</summary>
internal ref struct SpanReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public readonly bool IsEmpty => _rest.IsEmpty;

    public byte ReadByte() => Take(1)[0];

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public uint ReadVariableByteInteger()
    {
        var value = 0u;

        for (var shift = 0; shift < 28; shift += 7)
        {
            var next = ReadByte();
            value |= (next & 0x7Fu) << shift;

            if (next < 0x80)
            {
                return value;
            }
        }

        throw MqttProtocolException.Malformed("A Variable Byte Integer is longer than four bytes.");
    }

    public ReadOnlySpan<byte> ReadBinary() => Take(ReadUInt16());

    /// <summary>1.5.4: well-formed UTF-8 without U+0000.</summary>
    public ReadOnlySpan<byte> ReadUtf8()
    {
        var text = ReadBinary();

        if (!Utf8.IsValid(text) || text.Contains((byte)0))
        {
            throw MqttProtocolException.Malformed("A string is not well-formed UTF-8 or holds U+0000.");
        }

        return text;
    }

    /// <summary>2.2.1: never zero.</summary>
    public ushort ReadPacketId()
    {
        var id = ReadUInt16();
        return id != 0 ? id : throw MqttProtocolException.Violation("Packet Identifier 0.");
    }

    public MqttReasonCode ReadReasonCode()
    {
        var code = (MqttReasonCode)ReadByte();
        return Enum.IsDefined(code) ? code : throw MqttProtocolException.Malformed($"Unknown reason code 0x{(byte)code:x2}.");
    }

    /// <summary>2.2.2.1: the length lies inside the packet.</summary>
    public ReadOnlySpan<byte> ReadPropertyBlock() => Take(ReadVariableByteInteger());

    public readonly void RequireEnd()
    {
        if (!_rest.IsEmpty)
        {
            throw MqttProtocolException.Malformed($"{_rest.Length} bytes too many in a packet.");
        }
    }

    private ReadOnlySpan<byte> Take(uint length)
    {
        if (length > (uint)_rest.Length)
        {
            throw MqttProtocolException.Malformed("A packet ends in the middle of a field.");
        }

        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }
}
