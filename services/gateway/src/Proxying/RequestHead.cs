using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace Coworking.Gateway.Proxying;

/// <summary>Writes the head of a request as a service gets it: what YARP's transforms make of it, in one pass and without objects for it.</summary>
internal static class RequestHead
{
    // As they stand in the target of a request (RFC 3986): whatever else came has to be encoded anew.
    private static readonly SearchValues<char> OfPath = SearchValues.Create("!$&'()*+,-./0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~");
    private static readonly SearchValues<char> OfQuery = SearchValues.Create("!$%&'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~");

    // Meant for one hop (RFC 9110, 7.6.1), as YARP leaves them out; said by the gateway itself; or, the last, said otherwise by it (RFC 7239).
    private static readonly FrozenSet<string> LeftOut = new[]
    {
        HeaderNames.Connection, HeaderNames.TransferEncoding, HeaderNames.KeepAlive, HeaderNames.Upgrade, HeaderNames.ProxyConnection, HeaderNames.ProxyAuthenticate, "Proxy-Authentication-Info",
        HeaderNames.ProxyAuthorization, "Proxy-Features", "Proxy-Instruction", "Security-Scheme", "ALPN", "Close", "HTTP2-Settings", HeaderNames.UpgradeInsecureRequests, HeaderNames.TE,
        HeaderNames.AltSvc, HeaderNames.Host, "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "Forwarded",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    internal static bool IsLeftOut(string name) => LeftOut.Contains(name);

    /// <summary>False where it does not fit, or holds what this does not know how to write: that is YARP's then.</summary>
    /// <param name="context">Of the client.</param>
    /// <param name="host">The service's, as it is to be named.</param>
    /// <param name="buffer">Where to.</param>
    /// <param name="length">Bytes written.</param>
    internal static bool TryWrite(HttpContext context, string host, Span<byte> buffer, out int length)
    {
        length = 0;
        var request = context.Request;
        var (path, query) = (request.Path.Value!, request.QueryString.Value!);

        if (path.AsSpan().ContainsAnyExcept(OfPath) || query.AsSpan().ContainsAnyExcept(OfQuery))
        {
            return false;
        }

        var writer = new Writer(buffer);
        writer.Text(request.Method);
        writer.Bytes(" "u8);
        writer.Text(path);
        writer.Text(query);
        writer.Bytes(" HTTP/1.1\r\nHost: "u8);
        writer.Text(host);
        writer.Bytes("\r\n"u8);

        foreach (var (name, values) in request.Headers)
        {
            if (IsLeftOut(name))
            {
                continue;
            }

            if (values.Count != 1)
            {
                return false;
            }

            writer.Text(name);
            writer.Bytes(": "u8);
            writer.Text(values[0]!);
            writer.Bytes("\r\n"u8);
        }

        writer.Forwarded(context);
        length = writer.Written;
        return length > 0;
    }

    // What did not fit, or is not ASCII, is known by Written alone.
    private ref struct Writer(Span<byte> buffer)
    {
        private readonly Span<byte> _buffer = buffer;
        private int _written;
        private bool _failed;

        internal readonly int Written => _failed ? 0 : _written;

        internal void Bytes(ReadOnlySpan<byte> bytes)
        {
            _failed |= !bytes.TryCopyTo(_buffer[_written..]);
            _written += _failed ? 0 : bytes.Length;
        }

        internal void Text(string text)
        {
            _failed |= Ascii.FromUtf16(text, _buffer[_written..], out var count) != OperationStatus.Done;
            _written += _failed ? 0 : count;
        }

        internal void Forwarded(HttpContext context)
        {
            if (context.Connection.RemoteIpAddress is { } address)
            {
                Bytes("X-Forwarded-For: "u8);
                _failed |= !address.TryFormat(_buffer[_written..], out var count);
                _written += _failed ? 0 : count;
                Bytes("\r\n"u8);
            }

            if (context.Request.Host is { HasValue: true, Value: { } host })
            {
                Bytes("X-Forwarded-Host: "u8);
                Text(host);
                Bytes("\r\n"u8);
            }

            Bytes("X-Forwarded-Proto: "u8);
            Text(context.Request.Scheme);
            Bytes("\r\n\r\n"u8);
        }
    }
}
