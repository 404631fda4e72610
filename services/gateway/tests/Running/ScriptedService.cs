using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Coworking.Gateway.Tests.Running;

/// <summary>What a service says to every request.</summary>
/// <param name="Bytes">To the byte, as Latin-1.</param>
/// <param name="Closes">Whether it hangs up afterwards.</param>
/// <param name="Piece">How many bytes go out at a time; 0: all.</param>
internal sealed record Script(string Bytes, bool Closes = false, int Piece = 0);

/// <summary>A service that answers whatever it is told to, well-formed or not, and keeps the heads that it was asked with.</summary>
internal sealed class ScriptedService : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly ConcurrentQueue<string> _heads = new();
    private readonly Task _serving;
    private int _connections;
    private int _asked;
    private int _answered;

    internal ScriptedService()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    internal string Address => $"http://{_listener.LocalEndpoint}";

    internal Script Script { get; set; } = new("HTTP/1.1 204 No Content\r\n\r\n");

    /// <summary>That were opened.</summary>
    internal int Connections => Volatile.Read(ref _connections);

    /// <summary>Every request that came was answered to the last byte, or as far as the gateway would hear it.</summary>
    internal bool HasSaidAll => Volatile.Read(ref _asked) == Volatile.Read(ref _answered);

    /// <summary>Heads of all requests since the last call.</summary>
    internal List<string> TakeHeads()
    {
        List<string> heads = [];

        while (_heads.TryDequeue(out var head))
        {
            heads.Add(head);
        }

        return heads;
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ended.Dispose();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_ended.Token);
            Interlocked.Increment(ref _connections);
            _ = AnswerAsync(client);
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using var closing = client;
        client.NoDelay = true;
        var (stream, text, buffer) = (client.GetStream(), "", new byte[64 * 1024]);

        try
        {
            while (true)
            {
                int end;

                while ((end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
                {
                    var count = await stream.ReadAsync(buffer, _ended.Token);

                    if (count == 0)
                    {
                        return;
                    }

                    text += Encoding.Latin1.GetString(buffer, 0, count);
                }

                _heads.Enqueue(text[..end]);
                text = text[(end + 4)..];
                var script = Script;
                Interlocked.Increment(ref _asked);

                try
                {
                    foreach (var piece in Encoding.Latin1.GetBytes(script.Bytes).Chunk(script.Piece == 0 ? int.MaxValue : script.Piece))
                    {
                        await stream.WriteAsync(piece, _ended.Token);
                        // So that the next piece comes as one of its own, more often than not.
                        await Task.Yield();
                    }
                }
                finally
                {
                    Interlocked.Increment(ref _answered);
                }

                if (script.Closes)
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The gateway hung up.
        }
    }
}
