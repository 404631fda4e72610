using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Coworking.Bench;

/// <summary>
/// A generator that costs little: connections that write PUBLISH packets in blocks and count the acknowledgements (MQTT 3.1.1, whose PUBACK always has four
/// bytes). All samples of a space leave over one connection as long as the number of spaces is a multiple of that of the connections.
/// </summary>
internal sealed class Publisher(int port, Workload workload, int connections)
{
    private const int Window = 1000;
    private const int Block = 64 * 1024;

    // Fine enough to look steady, coarse enough to cost no timer per message.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private long _acknowledged;

    /// <summary>Messages that the broker has taken so far.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <param name="first">Number of the first message.</param>
    /// <param name="count">How many.</param>
    /// <param name="rate">Messages per second, all together; 0: as fast as the broker takes them.</param>
    /// <param name="stop">Ends the sending early; what was sent is waited for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Messages that the broker acknowledged.</returns>
    public async Task<long> RunAsync(long first, long count, double rate, CancellationToken stop, CancellationToken cancellationToken)
    {
        var before = Acknowledged;
        var lines = await Task.WhenAll(Enumerable.Range(0, connections).Select(number => Line.OpenAsync(port, number, cancellationToken)));

        try
        {
            var started = TimeProvider.System.GetTimestamp();
            await Task.WhenAll(lines.Select(line => RunLineAsync(line, first, count, rate, started, stop, cancellationToken)));
        }
        finally
        {
            foreach (var line in lines)
            {
                line.Dispose();
            }
        }

        return Acknowledged - before;
    }

    private async Task RunLineAsync(Line line, long first, long count, double rate, long started, CancellationToken stop, CancellationToken cancellationToken)
    {
        var mine = (count / connections) + (line.Number < count % connections ? 1 : 0);
        var end = new StrongBox();
        var reading = ReadAsync(line, end, cancellationToken);
        var buffer = new byte[Block];
        var sent = 0L;

        while (sent < mine && !stop.IsCancellationRequested)
        {
            if (reading.IsFaulted)
            {
                await reading;
            }

            var due = rate == 0 ? mine : Math.Min(mine, (long)(TimeProvider.System.GetElapsedTime(started).TotalSeconds * rate / connections));
            var most = Math.Min(due, line.Acknowledged + Window);
            var length = 0;

            for (; sent < most && length + Workload.MaxPacket <= buffer.Length; sent++)
            {
                length += workload.Encode(buffer.AsSpan(length), first + line.Number + (sent * connections), (ushort)(1 + (sent % 60_000)));
            }

            if (length > 0)
            {
                await line.Socket.SendAsync(buffer.AsMemory(0, length), cancellationToken);
            }
            else if (sent >= due)
            {
                await Task.Delay(Tick, TimeProvider.System, cancellationToken);
            }
            else
            {
                await Task.WhenAny(line.Progress.WaitAsync(cancellationToken), reading);
            }
        }

        Volatile.Write(ref end.Value, sent);

        if (line.Acknowledged < sent)
        {
            await reading;
        }
    }

    private async Task ReadAsync(Line line, StrongBox end, CancellationToken cancellationToken)
    {
        var buffer = new byte[Block];
        var held = 0;

        while (line.Acknowledged < Volatile.Read(ref end.Value))
        {
            var read = await line.Socket.ReceiveAsync(buffer.AsMemory(held), cancellationToken);
            held += read == 0 ? throw new IOException("The broker closed a generator's connection") : read;
            var whole = held / 4;

            for (var i = 0; i < whole; i++)
            {
                if (buffer[4 * i] != 0x40 || buffer[(4 * i) + 1] != 2)
                {
                    throw new IOException($"The broker answered {buffer[4 * i]:x2} {buffer[(4 * i) + 1]:x2} where a PUBACK was due");
                }
            }

            buffer.AsSpan(4 * whole, held - (4 * whole)).CopyTo(buffer);
            held -= 4 * whole;
            Interlocked.Add(ref _acknowledged, whole);
            line.Acknowledge(whole);
        }
    }

    private sealed class StrongBox
    {
        public long Value = long.MaxValue;
    }

    private sealed class Line(Socket socket, int number) : IDisposable
    {
        private long _acknowledged;

        public Socket Socket => socket;

        public int Number => number;

        public SemaphoreSlim Progress { get; } = new(0);

        public long Acknowledged => Interlocked.Read(ref _acknowledged);

        public static async Task<Line> OpenAsync(int port, int number, CancellationToken cancellationToken)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

            try
            {
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
                var id = Encoding.ASCII.GetBytes($"bench-{number}");
                // CONNECT: protocol MQTT, level 4, clean session, no keep-alive.
                byte[] connect = [0x10, (byte)(12 + id.Length), 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, 2, 0, 0, 0, (byte)id.Length, .. id];
                await socket.SendAsync(connect, cancellationToken);
                var answer = new byte[4];
                var read = await socket.ReceiveAsync(answer, cancellationToken);
                return read == 4 && answer is [0x20, 2, _, 0] ? new Line(socket, number) : throw new IOException("The broker refused a generator's connection");
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        public void Acknowledge(int count)
        {
            Interlocked.Add(ref _acknowledged, count);

            if (Progress.CurrentCount == 0)
            {
                Progress.Release();
            }
        }

        public void Dispose()
        {
            socket.Dispose();
            Progress.Dispose();
        }
    }
}
