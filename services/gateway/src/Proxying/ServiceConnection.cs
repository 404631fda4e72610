using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Coworking.Gateway.Transport;

namespace Coworking.Gateway.Proxying;

/// <summary>A connection to a service, for one request after another.</summary>
internal sealed class ServiceConnection : IDisposable
{
    private readonly LoopSocket _socket;
    private long _deadline;
    private volatile bool _isLate;

    private ServiceConnection(LoopSocket socket) => _socket = socket;

    /// <summary>It has answered before: where it fails now, that may be because the service had given it up meanwhile.</summary>
    internal bool IsUsed { get; private set; }

    /// <summary>It was closed since nothing had come for too long.</summary>
    internal bool IsLate => _isLate;

    /// <summary>Why it could not be connected: nobody is there, or not in time.</summary>
    internal SocketError Error { get; private set; }

    internal bool IsOnLoop => EventLoop.Current == _socket.Loop;

    /// <inheritdoc cref="EventLoop.NextTurnAsync"/>
    internal NextTurn NextTurnAsync() => _socket.Loop.NextTurnAsync();

    /// <summary>Open, and nothing has come that nobody asked for.</summary>
    internal bool IsFit => _socket.IsQuiet();

    internal bool IsClosed => _socket.IsClosed;

    /// <summary>Tries; whether it came about is told by <see cref="Error"/>.</summary>
    /// <exception cref="SocketException">There are too many.</exception>
    internal static async ValueTask<ServiceConnection> OpenAsync(ServiceAddress of, EventLoop loop, IPEndPoint address, TimeSpan patience)
    {
        var connection = new ServiceConnection(LoopSocket.Connect(loop, address));
        connection.Expect(patience);
        of.Watch(connection);
        await connection._socket.WritableAsync();
        connection.Error = connection._socket.ConnectError();
        return connection;
    }

    /// <summary>From now on something has to come within this time; it is looked at each <see cref="EventLoop.Tick"/>.</summary>
    internal void Expect(TimeSpan patience) =>
        Volatile.Write(ref _deadline, patience == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)patience.TotalMilliseconds);

    /// <summary>It has answered, and may be asked again within this time.</summary>
    internal void Rest(TimeSpan atMost)
    {
        IsUsed = true;
        Expect(atMost);
    }

    /// <summary>Closes it where its time is over.</summary>
    internal void Judge(long now)
    {
        if (now > Volatile.Read(ref _deadline))
        {
            _isLate = true;
            Dispose();
        }
    }

    /// <exception cref="SocketException">The connection has failed.</exception>
    internal ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => _socket.SendAsync(new ReadOnlySequence<byte>(bytes));

    /// <returns>How many bytes came; 0 at the end.</returns>
    /// <exception cref="SocketException">The connection has failed.</exception>
    internal async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        while (true)
        {
            await _socket.ReadableAsync();

            if (_socket.TryReceive(buffer.Span) is not LoopSocket.WouldBlock and var count)
            {
                return count;
            }
        }
    }

    public void Dispose() => _socket.Dispose();
}
