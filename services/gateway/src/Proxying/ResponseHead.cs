using System.Buffers.Text;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace Coworking.Gateway.Proxying;

/// <summary>How long a body is.</summary>
internal enum BodyKind
{
    None,

    /// <summary>As long as it says.</summary>
    Counted,

    Chunked,

    /// <summary>Until the service closes the connection.</summary>
    UntilClosed,
}

/// <summary>The head of a service's answer, read into the client's (RFC 9112).</summary>
/// <param name="Status">200 to 599.</param>
/// <param name="Body">How its body ends.</param>
/// <param name="Length">Bytes of a counted body.</param>
/// <param name="KeepsConnection">Whether another request may follow on it.</param>
internal readonly record struct ResponseHead(int Status, BodyKind Body, long Length, bool KeepsConnection)
{
    private const string Malformed = "The service's answer is no HTTP/1.1";

    /// <summary>The bytes of the head that the buffer begins with; 0 where its end has not come yet.</summary>
    internal static int LengthOf(ReadOnlySpan<byte> buffer)
    {
        var end = buffer.IndexOf("\r\n\r\n"u8);
        return end < 0 ? 0 : end + 4;
    }

    /// <summary>100 to 199: the answer itself comes after it.</summary>
    internal static bool IsInterim(ReadOnlySpan<byte> head) => StatusOf(head) is >= 100 and < 200;

    /// <summary>Status and fields become the client's.</summary>
    /// <exception cref="InvalidDataException">It is no HTTP, or says two things at once.</exception>
    internal static ResponseHead Read(ReadOnlySpan<byte> head, HttpResponse response, bool isForHead)
    {
        var status = StatusOf(head);
        var keeps = head[7] == '1';
        var (length, isChunked, isCoded) = (-1L, false, false);
        response.StatusCode = status;
        // From the status line to the empty one.
        var rest = head[(head.IndexOf("\r\n"u8) + 2)..^2];

        while (rest.Length > 0)
        {
            var end = rest.IndexOf("\r\n"u8);
            var line = rest[..end];
            rest = rest[(end + 2)..];
            var colon = line.IndexOf((byte)':');

            // A line that begins with a space would go on with the one before, which nobody may send any more.
            if (colon <= 0 || line[..colon].ContainsAny((byte)' ', (byte)'\t'))
            {
                throw new InvalidDataException(Malformed);
            }

            var name = line[..colon];
            var value = line[(colon + 1)..].Trim(" \t"u8);

            if (Ascii.EqualsIgnoreCase(name, "content-length"u8))
            {
                length = LengthOf(value, length);
            }
            else if (Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8))
            {
                (isChunked, isCoded) = (!isCoded && Ascii.EqualsIgnoreCase(value, "chunked"u8), true);
            }
            else if (Ascii.EqualsIgnoreCase(name, "connection"u8))
            {
                keeps &= !Closes(value);
            }
            else
            {
                Copy(name, value, response.Headers);
            }
        }

        return Judge(response, new ResponseHead(status, BodyKind.None, length, keeps), isForHead, isChunked, isCoded);
    }

    // RFC 9112, 6.3, in its order.
    private static ResponseHead Judge(HttpResponse response, ResponseHead head, bool isForHead, bool isChunked, bool isCoded)
    {
        if (isCoded && !isChunked)
        {
            throw new InvalidDataException(Malformed);
        }

        var hasBody = !isForHead && head.Status is not (StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified);

        // The length of a HEAD is that of the GET; 204 and 205 say none.
        if (head.Length >= 0 && !isCoded && head.Status is not (StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent))
        {
            response.ContentLength = head.Length;
        }

        return head with
        {
            Body = !hasBody || (head.Length == 0 && !isCoded) ? BodyKind.None : isChunked ? BodyKind.Chunked : head.Length > 0 ? BodyKind.Counted : BodyKind.UntilClosed,
            // Two ways of saying where it ends are not trusted to agree on where the next one begins; nor is a body where there can be none.
            KeepsConnection = head.KeepsConnection && !(isCoded && head.Length >= 0) && (hasBody ? isChunked || head.Length >= 0 : isForHead || !isCoded),
        };
    }

    private static void Copy(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, IHeaderDictionary headers)
    {
        var field = HeaderTexts.Of(name);

        // Upgrade, Keep-Alive and their like are for one hop; this hop's certificate is the gateway's to speak of.
        if (RequestHead.IsLeftOut(field) || (field.Equals(HeaderNames.StrictTransportSecurity, StringComparison.OrdinalIgnoreCase) && headers.StrictTransportSecurity.Count > 0))
        {
            return;
        }

        var text = HeaderTexts.Of(value);
        var before = headers[field];
        headers[field] = before.Count == 0 ? text : Microsoft.Extensions.Primitives.StringValues.Concat(before, text);
    }

    private static bool Closes(ReadOnlySpan<byte> tokens)
    {
        foreach (var token in tokens.Split((byte)','))
        {
            if (Ascii.EqualsIgnoreCase(tokens[token].Trim(" \t"u8), "close"u8))
            {
                return true;
            }
        }

        return false;
    }

    private static int StatusOf(ReadOnlySpan<byte> head) =>
        head.Length >= 15 && head.StartsWith("HTTP/1."u8) && head[7] is (byte)'0' or (byte)'1' && head[8] == ' ' && head[12] is (byte)' ' or (byte)'\r'
            && Utf8Parser.TryParse(head.Slice(9, 3), out int status, out var digits) && digits == 3 && status is >= 100 and < 600
            ? status
            : throw new InvalidDataException(Malformed);

    private static long LengthOf(ReadOnlySpan<byte> value, long before) =>
        value.Length is > 0 and < 19 && !value.ContainsAnyExceptInRange((byte)'0', (byte)'9') && Utf8Parser.TryParse(value, out long length, out _) && (before < 0 || before == length)
            ? length
            : throw new InvalidDataException(Malformed);
}
