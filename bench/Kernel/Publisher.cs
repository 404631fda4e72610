using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Coworking.Bench;

/// <summary>
/// A generator that costs little, as it shares the cores with what is measured: connections that write PUBLISH packets in blocks and count the acknowledgements
/// (MQTT 3.1.1, whose PUBACK always has four bytes), all served by one loop. The broker answers each message by itself; a task per connection that wakes for
/// every answer would cost more than the answer. All samples of a space leave over one connection as long as the spaces are a multiple of the connections.
/// </summary>
internal sealed class Publisher(int port, Workload workload, int connections)
{
    private const int Window = 1000;

    // While less room than this is left in a window it waits for more: one write for many messages.
    private const int LeastBlock = 200;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    // Fine enough to look steady.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MostSilence = TimeSpan.FromSeconds(60);

    private readonly byte[] _buffer = new byte[LeastBlock * 2 * Workload.MaxPacket];
    private long _acknowledged;

    /// <summary>Messages that the broker has taken so far.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>When the first message could be sent, by <see cref="Stopwatch"/>; 0 before. At a rate, message i is due when a connection has had time for all of its messages up to i.</summary>
    public long Started { get; private set; }

    /// <param name="first">Number of the first message.</param>
    /// <param name="count">How many.</param>
    /// <param name="rate">Messages per second, all together; 0: as fast as the broker takes them.</param>
    /// <param name="stop">Ends the sending early; what was sent is waited for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Messages that the broker acknowledged.</returns>
    public async Task<long> RunAsync(long first, long count, double rate, CancellationToken stop, CancellationToken cancellationToken)
    {
        var before = Acknowledged;
        var lines = new List<Line>();

        try
        {
            for (var number = 0; number < connections; number++)
            {
                lines.Add(Line.Open(port, number, (count / connections) + (number < count % connections ? 1 : 0)));
            }

            var started = Started = Stopwatch.GetTimestamp();
            var heard = started;

            while (true)
            {
                heard = Receive(lines) ? Stopwatch.GetTimestamp() : heard;
                var due = rate == 0 ? long.MaxValue : (long)(Stopwatch.GetElapsedTime(started).TotalSeconds * rate / connections);
                var isSending = Send(lines, first, due, stop.IsCancellationRequested);

                if (!isSending && lines.TrueForAll(line => line.Sent == line.Acknowledged))
                {
                    return Acknowledged - before;
                }

                if (Stopwatch.GetElapsedTime(heard) > MostSilence)
                {
                    throw new TimeoutException($"The broker has acknowledged nothing for {MostSilence.TotalSeconds:0} s");
                }

                await Task.Delay(rate == 0 ? Pause : Tick, cancellationToken);
            }
        }
        finally
        {
            lines.ForEach(line => line.Dispose());
        }
    }

    private bool Receive(List<Line> lines)
    {
        var answers = 0;
        lines.ForEach(line => answers += line.Receive());
        Interlocked.Add(ref _acknowledged, answers);
        return answers > 0;
    }

    /// <returns>True while there is more to send.</returns>
    private bool Send(List<Line> lines, long first, long due, bool stopped)
    {
        var more = false;

        foreach (var line in lines.Where(line => !stopped && line.Sent < line.Count))
        {
            more = true;
            var room = line.Acknowledged + Window - line.Sent;
            var block = Math.Min(Math.Min(due, line.Count) - line.Sent, room);

            if (block > 0 && (room >= LeastBlock || block < room))
            {
                var length = 0;

                for (var end = line.Sent + Math.Min(block, LeastBlock * 2); line.Sent < end; line.Sent++)
                {
                    length += workload.Encode(_buffer.AsSpan(length), first + line.Number + (line.Sent * connections), (ushort)(1 + (line.Sent % 60_000)));
                }

                line.Send(_buffer.AsSpan(0, length));
            }
        }

        return more;
    }

    private sealed class Line : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            // More than a window: a write never waits.
            SendBufferSize = 1024 * 1024,
            SendTimeout = (int)MostSilence.TotalMilliseconds,
            ReceiveTimeout = (int)MostSilence.TotalMilliseconds,
        };

        private readonly byte[] _received = new byte[4 * Window];
        private int _held;

        private Line(int number, long count) => (Number, Count) = (number, count);

        public int Number { get; }

        public long Count { get; }

        public long Sent { get; set; }

        public long Acknowledged { get; private set; }

        // Never used asynchronously: .NET's poll loop would wake for every single answer, here and in the broker, which has to wake it.
        public static Line Open(int port, int number, long count)
        {
            var line = new Line(number, count);

            try
            {
                line._socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
                var id = Encoding.ASCII.GetBytes($"bench-{number}");
                // CONNECT: protocol MQTT, level 4, clean session, no keep-alive.
                byte[] connect = [0x10, (byte)(12 + id.Length), 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, 2, 0, 0, 0, (byte)id.Length, .. id];
                line._socket.Send(connect);
                var answer = new byte[4];
                var read = line._socket.Receive(answer);
                return read == 4 && answer is [0x20, 2, _, 0] ? line : throw new IOException("The broker refused a generator's connection");
            }
            catch
            {
                line.Dispose();
                throw;
            }
        }

        public void Send(ReadOnlySpan<byte> bytes)
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[_socket.Send(bytes)..];
            }
        }

        /// <summary>Takes what has come, without waiting.</summary>
        /// <returns>Acknowledgements.</returns>
        public int Receive()
        {
            if (_socket.Available == 0)
            {
                return 0;
            }

            _held += _socket.Receive(_received.AsSpan(_held));
            var whole = _held / 4;

            for (var i = 0; i < whole; i++)
            {
                if (_received[4 * i] != 0x40 || _received[(4 * i) + 1] != 2)
                {
                    throw new IOException($"The broker answered {_received[4 * i]:x2} {_received[(4 * i) + 1]:x2} where a PUBACK was due");
                }
            }

            _received.AsSpan(4 * whole, _held - (4 * whole)).CopyTo(_received);
            _held -= 4 * whole;
            Acknowledged += whole;
            return whole;
        }

        public void Dispose() => _socket.Dispose();
    }
}
