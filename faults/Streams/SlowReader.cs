using System.Net.Sockets;
using System.Text;

namespace Coworking.Faults.Streams;

/// <summary>Takes a kilobyte a second from a stream that says far more.</summary>
internal sealed class SlowReader : IAsyncDisposable
{
    private readonly Uri _address;
    private readonly CancellationTokenSource _leave = new();
    private readonly Task _running;
    private long _bytes;

    public SlowReader(Uri address)
    {
        _address = address;
        _running = RunAsync();
    }

    /// <summary>What it has read.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public async ValueTask DisposeAsync()
    {
        await _leave.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _leave.Dispose();
    }

    private async Task RunAsync()
    {
        // Little room on this side, so that what is not read waits at the server.
        using var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(_address.Host, _address.Port, _leave.Token);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {_address.PathAndQuery} HTTP/1.1\r\nHost: {_address.Authority}\r\n\r\n"), _leave.Token);
        var buffer = new byte[256];

        while (true)
        {
            var read = await client.GetStream().ReadAsync(buffer, _leave.Token);

            if (read == 0)
            {
                return;
            }

            Interlocked.Add(ref _bytes, read);
            await Task.Delay(TimeSpan.FromMilliseconds(250), _leave.Token);
        }
    }
}
