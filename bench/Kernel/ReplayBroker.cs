using System.Net;
using System.Net.Sockets;

namespace Coworking.Bench;

/// <summary>As much of an MQTT 5 broker as one subscriber needs: takes it in, and sends it prepared packets as fast as it acknowledges them.</summary>
internal sealed class ReplayBroker : IAsyncDisposable
{
    public const int Window = 10_000;
    private const int Prepared = 20_000;
    private const int Chunk = 500;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[] _bytes;
    private readonly int[] _ends = new int[Prepared / Chunk];
    private readonly byte[] _received = new byte[64 * 1024];
    private Socket? _subscriber;
    private int _next;

    public ReplayBroker()
    {
        var workload = new Workload(BenchSpace.Many(16, 200), TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeSpan.FromSeconds(1), version5: true);
        var bytes = new byte[Prepared * Workload.MaxPacket];
        var length = 0;

        for (var i = 0; i < Prepared; i++)
        {
            length += workload.Encode(bytes.AsSpan(length), i, (ushort)(i + 1));

            if ((i + 1) % Chunk == 0)
            {
                _ends[i / Chunk] = length;
            }
        }

        _bytes = bytes[..length];
    }

    public int Start()
    {
        _listener.Start();
        return ((IPEndPoint)_listener.LocalEndpoint).Port;
    }

    /// <summary>Takes one client up to its subscription.</summary>
    public async Task SubscribedAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(limit);
        _subscriber?.Dispose();
        _subscriber = await _listener.AcceptSocketAsync(bounded.Token);
        _subscriber.NoDelay = true;
        _next = 0;
        // CONNECT in, CONNACK out; both clients wait for the answer before they say more, and each request comes in one piece.
        await _subscriber.ReceiveAsync(_received, bounded.Token);
        await _subscriber.SendAsync(new byte[] { 0x20, 3, 0, 0, 0 }, bounded.Token);
        var read = await _subscriber.ReceiveAsync(_received, bounded.Token);

        if (read < 5 || _received[0] != 0x82)
        {
            throw new IOException("The client did not subscribe");
        }

        await _subscriber.SendAsync(new byte[] { 0x90, 4, _received[2], _received[3], 0, 1 }, bounded.Token);
    }

    /// <summary>Sends so many, a multiple of 500; back when all of it is acknowledged.</summary>
    public async Task ReplayAsync(long messages, CancellationToken cancellationToken)
    {
        var subscriber = _subscriber ?? throw new InvalidOperationException("Nobody has subscribed");
        var (sent, acknowledgedBytes) = (0L, 0L);

        while (acknowledgedBytes < 4 * messages)
        {
            // Rounds of whole chunks: the packet identifiers of a chunk are free again when it comes round, twice a window later.
            while (sent < messages && sent + Chunk - (acknowledgedBytes / 4) <= Window)
            {
                var from = _next == 0 ? 0 : _ends[_next - 1];
                await subscriber.SendAsync(_bytes.AsMemory(from, _ends[_next] - from), cancellationToken);
                _next = (_next + 1) % _ends.Length;
                sent += Chunk;

                if (subscriber.Available > 0)
                {
                    break;
                }
            }

            // Both acknowledge with the short PUBACK of four bytes and send nothing else in so short a time.
            var read = await subscriber.ReceiveAsync(_received, cancellationToken);
            acknowledgedBytes += read == 0 ? throw new IOException("The client went away") : read;
        }
    }

    public ValueTask DisposeAsync()
    {
        _subscriber?.Dispose();
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }
}
