using System.Buffers;

namespace Coworking.Gateway.Proxying;

/// <summary>Takes chunks apart as they come, in whatever pieces (RFC 9112, 7.1). Trailers are read and dropped: no service of ours sends any.</summary>
internal struct ChunkedBody
{
    // Sizes, extensions and trailers are not data: nobody needs kilobytes of them.
    private const int MaxBetween = 16 * 1024;

    private const string Malformed = "The service's chunks are malformed";

    private State _state;
    private long _left;
    private int _digits;
    private int _between;

    private enum State
    {
        Size,
        Extension,
        SizeEnd,
        Data,
        DataReturn,
        DataEnd,
        TrailerStart,
        Trailer,
        TrailerEnd,
        LastEnd,
        Done,
    }

    internal readonly bool IsDone => _state == State.Done;

    /// <param name="bytes">What came.</param>
    /// <param name="body">Where data goes.</param>
    /// <param name="written">Grows by the bytes of data, also where something malformed comes after them.</param>
    /// <returns>How many bytes were taken; fewer than there were only at the end.</returns>
    /// <exception cref="InvalidDataException">It is not what it says.</exception>
    internal int Take(ReadOnlySpan<byte> bytes, IBufferWriter<byte> body, ref int written)
    {
        var at = 0;

        while (at < bytes.Length && _state != State.Done)
        {
            if (_state == State.Data)
            {
                var count = (int)Math.Min(_left, bytes.Length - at);
                body.Write(bytes.Slice(at, count));
                (at, written, _left) = (at + count, written + count, _left - count);
                (_state, _between) = (_left == 0 ? State.DataReturn : State.Data, 0);
            }
            else
            {
                _state = Next(bytes[at++]);

                if (++_between > MaxBetween)
                {
                    throw new InvalidDataException(Malformed);
                }
            }
        }

        return at;
    }

    private State Next(byte one) => (_state, one) switch
    {
        (State.Size, _) when HexOf(one) is >= 0 and var digit => Grown(digit),
        (State.Size, (byte)'\r') when _digits > 0 => State.SizeEnd,
        (State.Size, (byte)';' or (byte)' ' or (byte)'\t') when _digits > 0 => State.Extension,
        (State.Extension, (byte)'\r') => State.SizeEnd,
        (State.Extension, not (byte)'\n') => State.Extension,
        (State.SizeEnd, (byte)'\n') => Sized(),
        (State.DataReturn, (byte)'\r') => State.DataEnd,
        (State.DataEnd, (byte)'\n') => State.Size,
        (State.TrailerStart, (byte)'\r') => State.LastEnd,
        (State.Trailer, (byte)'\r') => State.TrailerEnd,
        (State.TrailerStart or State.Trailer, not (byte)'\n') => State.Trailer,
        (State.TrailerEnd, (byte)'\n') => State.TrailerStart,
        (State.LastEnd, (byte)'\n') => State.Done,
        _ => throw new InvalidDataException(Malformed),
    };

    private State Grown(int digit)
    {
        if (++_digits > 15)
        {
            throw new InvalidDataException(Malformed);
        }

        _left = (_left << 4) + digit;
        return State.Size;
    }

    private State Sized()
    {
        _digits = 0;
        return _left > 0 ? State.Data : State.TrailerStart;
    }

    private static int HexOf(byte one) => one switch
    {
        >= (byte)'0' and <= (byte)'9' => one - '0',
        >= (byte)'a' and <= (byte)'f' => one - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => one - 'A' + 10,
        _ => -1,
    };
}
