using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Coworking.Bench;

/// <summary>One connection of a thread, which waits for each answer, with as little work as can be: the generator shares the cores with what it measures.</summary>
internal sealed class BareHttp : IDisposable
{
    private const string LengthHeader = "\r\nContent-Length: ";

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 60_000 };
    private byte[] _buffer = new byte[16 * 1024];

    public BareHttp(Uri service) => _socket.Connect(service.Host, service.Port);

    /// <summary>Sends a JSON body; headers end with a line feed each.</summary>
    /// <returns>The status and all that came, headers included.</returns>
    public (int Status, string Answer) Post(Uri address, string headers, string body)
    {
        var request = string.Create(CultureInfo.InvariantCulture, $"POST {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
        _socket.Send(Encoding.UTF8.GetBytes(request));

        for (var length = 0; ;)
        {
            if (length == _buffer.Length)
            {
                Array.Resize(ref _buffer, 2 * length);
            }

            var read = _socket.Receive(_buffer.AsSpan(length));

            if (read == 0)
            {
                throw new IOException($"{address} closed the connection");
            }

            length += read;

            if (IsWhole(_buffer.AsSpan(0, length)))
            {
                var answer = Encoding.UTF8.GetString(_buffer, 0, length);
                return (int.Parse(answer.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture), answer);
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);

        if (head < 0)
        {
            return false;
        }

        var headers = Encoding.ASCII.GetString(answer[..head]);
        var at = headers.IndexOf(LengthHeader, StringComparison.OrdinalIgnoreCase);

        if (at < 0)
        {
            return answer[head..].EndsWith("\r\n0\r\n\r\n"u8);
        }

        var rest = headers.AsSpan(at + LengthHeader.Length);
        var end = rest.IndexOf('\r');
        return answer.Length - head - 4 >= int.Parse(end < 0 ? rest : rest[..end], CultureInfo.InvariantCulture);
    }
}
