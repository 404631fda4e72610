using System.Net;
using System.Net.Sockets;

namespace Coworking.Reservations.Tests.Support;

/// <summary>A port that is taken and on which nobody listens: a call to it is refused, and no other test comes to serve there.</summary>
internal sealed class DeadPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    internal DeadPort() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    internal int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public void Dispose() => _socket.Dispose();
}
