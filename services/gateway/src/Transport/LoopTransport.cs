using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Coworking.Gateway.Transport;

/// <summary>Kestrel's sockets on event loops.</summary>
internal sealed class LoopTransport(EventLoops loops, IMemoryPoolFactory<byte> pools, ILogger<EventLoop> log) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket? socket = null;

        try
        {
            socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.Listen();
            return new ValueTask<IConnectionListener>(new Listener(socket, loops, pools, log));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket?.Dispose();
            throw new AddressInUseException(e.Message, e);
        }
    }

    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(10);

    private sealed class Listener : IConnectionListener
    {
        private readonly Socket _socket;
        private readonly EventLoops _loops;
        private readonly ILogger _log;
        private readonly MemoryPool<byte>[] _pools;

        internal Listener(Socket socket, EventLoops loops, IMemoryPoolFactory<byte> pools, ILogger log)
        {
            (_socket, _loops, _log, EndPoint) = (socket, loops, log, socket.LocalEndPoint!);
            _pools = [.. loops.All.Select(_ => pools.Create())];
        }

        public EndPoint EndPoint { get; }

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (true)
            {
                Socket? accepted = null;

                try
                {
                    accepted = await _socket.AcceptAsync(cancellationToken);
                    return Start(accepted);
                }
                catch (Exception e) when (e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
                {
                    accepted?.Dispose();
                    return null;
                }
                catch (Exception e) when (e is SocketException or IOException)
                {
                    // It was gone before it was accepted; or the process has too many files open, and had better not ask again at once.
                    accepted?.Dispose();
                    await Task.Delay(e is SocketException { SocketErrorCode: SocketError.ConnectionReset } ? TimeSpan.Zero : Breath, cancellationToken);
                }
            }
        }

        private LoopConnection Start(Socket accepted)
        {
            var loop = _loops.Next();
            var socket = new LoopSocket(loop, accepted);

            try
            {
                var connection = new LoopConnection(socket, _pools[loop.Index], _log);
                connection.Start();
                return connection;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            _socket.Dispose();
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            _socket.Dispose();
            Array.ForEach(_pools, pool => pool.Dispose());
            return ValueTask.CompletedTask;
        }
    }
}
