using System.Buffers;

namespace Coworking.Mqtt;

/// <summary>Cuts a stream of bytes into packets (MQTT 5.0, 2.1). Copies only what straddles two segments.</summary>
internal sealed class MqttFrameReader(uint maximumPacketSize) : IDisposable
{
    /// <summary>One byte of type and flags, up to four of Remaining Length.</summary>
    private const int MaximumHeaderLength = 5;

    /// <summary>A scratch buffer up to this size is kept; larger ones go back after use, or a rare large packet would stay for ever.</summary>
    private const int KeptScratch = 64 * 1024;

    private readonly byte[] _header = new byte[MaximumHeaderLength];
    private byte[]? _scratch;

    /// <summary>Takes the next whole packet off the buffer; false when more bytes are needed. The frame is valid until the next call.</summary>
    public bool TryRead(ref ReadOnlySequence<byte> buffer, out MqttFrame frame)
    {
        frame = default;
        var first = buffer.FirstSpan;

        var header = HeaderOf(buffer, first);

        if (!TryReadHeader(header, out var headerLength, out var bodyLength))
        {
            return false;
        }

        var total = headerLength + bodyLength;

        if ((uint)total > maximumPacketSize)
        {
            throw new MqttProtocolException(MqttReasonCode.PacketTooLarge, $"A packet of {total} bytes; at most {maximumPacketSize} were agreed.");
        }

        if (first.Length >= total)
        {
            frame = new MqttFrame(header[0], first.Slice(headerLength, bodyLength));
        }
        else if (buffer.Length >= total)
        {
            frame = new MqttFrame(header[0], Gather(buffer.Slice(headerLength, bodyLength)));
        }
        else
        {
            return false;
        }

        buffer = buffer.Slice(total);
        return true;
    }

    public void Dispose() => Release();

    private ReadOnlySpan<byte> HeaderOf(in ReadOnlySequence<byte> buffer, ReadOnlySpan<byte> first)
    {
        if (first.Length >= MaximumHeaderLength || buffer.IsSingleSegment)
        {
            return first;
        }

        var length = (int)Math.Min(buffer.Length, MaximumHeaderLength);
        buffer.Slice(0, length).CopyTo(_header);
        return _header.AsSpan(0, length);
    }

    private static bool TryReadHeader(ReadOnlySpan<byte> bytes, out int headerLength, out int bodyLength)
    {
        headerLength = 0;
        bodyLength = 0;

        if (bytes.IsEmpty)
        {
            return false;
        }

        if (bytes[0] >> 4 == (int)MqttPacketType.Reserved)
        {
            throw MqttProtocolException.Malformed("Packet type 0 is reserved.");
        }

        for (var i = 1; i < MaximumHeaderLength; i++)
        {
            if (i >= bytes.Length)
            {
                return false;
            }

            bodyLength |= (bytes[i] & 0x7F) << (7 * (i - 1));

            if (bytes[i] < 0x80)
            {
                headerLength = i + 1;
                return true;
            }
        }

        throw MqttProtocolException.Malformed("Remaining Length is longer than four bytes.");
    }

    private ReadOnlySpan<byte> Gather(ReadOnlySequence<byte> body)
    {
        var length = (int)body.Length;

        if (_scratch is null || _scratch.Length < length || _scratch.Length > KeptScratch)
        {
            Release();
            _scratch = ArrayPool<byte>.Shared.Rent(Math.Max(length, 4096));
        }

        body.CopyTo(_scratch);
        return _scratch.AsSpan(0, length);
    }

    private void Release()
    {
        if (_scratch is not null)
        {
            ArrayPool<byte>.Shared.Return(_scratch);
            _scratch = null;
        }
    }
}
