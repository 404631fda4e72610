using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Coworking.Gateway.Transport;

/// <summary>
/// A connected TCP socket of a loop: it is tried, and where it would have to wait, its loop tells when to try again. Sending, receiving and closing may each be done
/// by another thread at the same time.
/// </summary>
internal sealed class LoopSocket : IDisposable
{
    /// <summary>Nothing there, or no room: wait, and try again.</summary>
    internal const int WouldBlock = -1;

    // As many as the system takes at once of what a response usually has.
    private const int SegmentsAtOnce = 16;

    private readonly Socket _socket;
    private readonly Readiness _readable = new();
    private readonly Readiness _writable = new();
    private readonly long _id;
    private List<ArraySegment<byte>>? _segments;
    private volatile bool _hasMore;
    private volatile bool _isPeerGone;
    private int _isClosed;

    /// <param name="loop">Whose it is from now on.</param>
    /// <param name="socket">Connected or connecting, and never used asynchronously: else the framework's own thread would hear of each of its events as well.</param>
    /// <exception cref="IOException">The system has no room for it.</exception>
    internal LoopSocket(EventLoop loop, Socket socket)
    {
        (Loop, _socket) = (loop, socket);
        socket.Blocking = false;
        socket.NoDelay = true;
        // A receive would stop short at it, and look as if it had taken all there was.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, true);
        _id = loop.Watch(this, socket.SafeHandle);
    }

    internal EventLoop Loop { get; }

    internal bool IsClosed => Volatile.Read(ref _isClosed) != 0;

    internal EndPoint? LocalEndPoint => _socket.LocalEndPoint;

    internal EndPoint? RemoteEndPoint => _socket.RemoteEndPoint;

    /// <returns>The bytes received, 0 at the end, or <see cref="WouldBlock"/>.</returns>
    /// <exception cref="SocketException">The connection has failed or is closed.</exception>
    internal int TryReceive(Span<byte> buffer)
    {
        try
        {
            var count = _socket.Receive(buffer, SocketFlags.None, out var error);

            if (error == SocketError.WouldBlock && _isPeerGone)
            {
                // What came between the two; there is nothing to wait for any more.
                count = _socket.Receive(buffer, SocketFlags.None, out error);
                error = error == SocketError.WouldBlock ? SocketError.ConnectionReset : error;
            }

            // A buffer that was not filled has taken all there was: what comes later is told (epoll(7), "do I need to continuously read").
            _hasMore = error == SocketError.Success && count == buffer.Length;
            return Judged(count, error);
        }
        catch (ObjectDisposedException)
        {
            throw new SocketException((int)SocketError.OperationAborted);
        }
    }

    private int TrySend(in ReadOnlySequence<byte> bytes)
    {
        try
        {
            if (bytes.IsSingleSegment || !Gather(bytes))
            {
                return Judged(_socket.Send(bytes.FirstSpan, SocketFlags.None, out var failed), failed);
            }

            var count = _socket.Send(_segments!, SocketFlags.None, out var error);
            _segments!.Clear();
            return Judged(count, error);
        }
        catch (ObjectDisposedException)
        {
            throw new SocketException((int)SocketError.OperationAborted);
        }
    }

    /// <summary>Sends all of it, however often it has to wait.</summary>
    /// <exception cref="SocketException">The connection has failed or is closed.</exception>
    internal async ValueTask SendAsync(ReadOnlySequence<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var count = TrySend(bytes);

            if (count == WouldBlock)
            {
                await WritableAsync();
            }
            else
            {
                bytes = bytes.Slice(count);
            }
        }
    }

    /// <summary>True where it is open and nothing has come since the last byte that was received.</summary>
    internal bool IsQuiet()
    {
        try
        {
            return !IsClosed && TryReceive(stackalloc byte[1]) == WouldBlock;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Until there may be something to receive.</summary>
    internal ValueTask ReadableAsync() => _hasMore || _isPeerGone ? ValueTask.CompletedTask : _readable.WaitAsync();

    /// <summary>Until there may be room to send.</summary>
    internal ValueTask WritableAsync() => IsClosed ? ValueTask.CompletedTask : _writable.WaitAsync();

    /// <summary>Starts to connect; <see cref="WritableAsync"/> ends when it is done or has failed, which <see cref="ConnectError"/> tells.</summary>
    /// <remarks>Not Socket.Connect: that throws for "on its way" as for a refusal, and while a service is dead exceptions were most of what a loop did.</remarks>
    /// <exception cref="SocketException">There are too many.</exception>
    internal static LoopSocket Connect(EventLoop loop, IPEndPoint to)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };

        try
        {
            var address = to.Serialize();
            Epoll.Connect(socket.SafeHandle, address.Buffer.Span[..address.Size]);
            return new LoopSocket(loop, socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Why it could not be connected.</summary>
    internal SocketError ConnectError()
    {
        try
        {
            return IsClosed ? SocketError.TimedOut : (SocketError)(int)_socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
        }
        catch (ObjectDisposedException)
        {
            return SocketError.OperationAborted;
        }
    }

    /// <summary>What the loop has heard of it.</summary>
    internal void Hear(uint events)
    {
        if ((events & (Epoll.PeerClosed | Epoll.HungUp | Epoll.Failed)) != 0)
        {
            _isPeerGone = true;
            _readable.Signal();
            _writable.Signal();
            return;
        }

        if ((events & Epoll.Writable) != 0)
        {
            _writable.Signal();
        }

        if ((events & Epoll.Readable) != 0)
        {
            _readable.Signal();
        }
    }

    /// <summary>Whoever waits for it goes on, on the loop and in a turn of its own, and fails with his next try: who closes it may hold a lock, or count connections.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
        {
            return;
        }

        Loop.Forget(_id);
        _isPeerGone = true;

        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The other side was faster.
        }

        _socket.Dispose();
        _readable.Signal(Loop);
        _writable.Signal(Loop);
    }

    // One packet for what lies in several pieces of memory.
    private bool Gather(in ReadOnlySequence<byte> bytes)
    {
        _segments ??= new List<ArraySegment<byte>>(SegmentsAtOnce);

        foreach (var memory in bytes)
        {
            if (_segments.Count == SegmentsAtOnce || !MemoryMarshal.TryGetArray(memory, out var segment))
            {
                break;
            }

            _segments.Add(segment);
        }

        return _segments.Count > 0;
    }

    private static int Judged(int count, SocketError error) => error switch
    {
        SocketError.Success => count,
        SocketError.WouldBlock => WouldBlock,
        _ => throw new SocketException((int)error),
    };
}
