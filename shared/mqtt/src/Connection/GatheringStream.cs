using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Coworking.Mqtt;

/// <summary>
/// A socket that is looked at on ticks instead of waking somebody for each arrival. It is never used asynchronously, so .NET's poll loop does not know it:
/// a broker writes every message by itself, and at thousands a second each wake-up costs several times the work on the message.
/// </summary>
/// <param name="socket">Connected, and never used asynchronously before.</param>
/// <param name="tick">The pause after the socket was found empty.</param>
/// <param name="clock">The clock of the ticks.</param>
internal sealed class GatheringStream(Socket socket, TimeSpan tick, TimeProvider clock) : Stream
{
    /// <summary>A read that found this much is one of a flow: the next is due at once.</summary>
    private const int Flow = 16 * 1024;

    private readonly Ticks _ticks = Ticks.Of(clock, tick);
    private bool _isEmpty;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Connects on a thread of its own, because a blocking connect is the only one that stays out of the poll loop.</summary>
    public static async Task<GatheringStream> ConnectAsync(string host, int port, TimeSpan tick, TimeProvider clock, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        try
        {
            var connecting = Task.Factory.StartNew(() => socket.Connect(host, port), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            // Who gives up disposes of the socket below, which ends the blocked thread too.
            await connecting.WaitAsync(cancellationToken);
            socket.Blocking = false;
            return new GatheringStream(socket, tick, clock);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            await (_isEmpty ? _ticks.NextAsync() : Others());
            cancellationToken.ThrowIfCancellationRequested();
            var read = socket.Receive(buffer.Span, SocketFlags.None, out var error);
            _isEmpty = read < Math.Min(buffer.Length, Flow);

            if (IsDone(error))
            {
                return read;
            }
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            var sent = socket.Send(buffer.Span, SocketFlags.None, out var error);

            if (IsDone(error))
            {
                buffer = buffer[sent..];
            }
            else
            {
                await _ticks.NextAsync();
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Flush()
    {
        // Nothing is kept back.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            socket.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>False where the socket has nothing to give or no room.</summary>
    private static bool IsDone(SocketError error) => error switch
    {
        SocketError.Success => true,
        SocketError.WouldBlock => false,
        _ => throw new IOException(new SocketException((int)error).Message, new SocketException((int)error)),
    };

    /// <summary>A flow goes on beside the other connections, which may be waiting for this thread.</summary>
    private static async Task Others() => await Task.Yield();

    /// <summary>Ticks that all connections of a process share: one timer and one thread look at all that trickle.</summary>
    private sealed class Ticks(TimeProvider clock, TimeSpan tick)
    {
        private static readonly ConditionalWeakTable<TimeProvider, ConcurrentDictionary<TimeSpan, Ticks>> All = [];

        private readonly Lock _gate = new();
        private Task _next = Task.CompletedTask;

        public static Ticks Of(TimeProvider clock, TimeSpan tick) => All.GetValue(clock, _ => []).GetOrAdd(tick, _ => new Ticks(clock, tick));

        public Task NextAsync()
        {
            lock (_gate)
            {
                return _next.IsCompleted ? _next = Task.Delay(tick, clock) : _next;
            }
        }
    }
}
