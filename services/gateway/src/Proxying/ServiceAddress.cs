using System.Net;
using System.Net.Sockets;
using Coworking.Gateway.Transport;

namespace Coworking.Gateway.Proxying;

/// <summary>A service's address as one loop knows it, with its connections. Of the loop's thread alone, so that there is nothing to lock.</summary>
internal sealed class ServiceAddress(EventLoop loop, string authority, IPEndPoint address)
{
    // As the framework's client has it: shorter than the services' own patience, so that a connection is seldom closed while a request is on its way.
    private static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(1);

    private readonly Stack<ServiceConnection> _idle = new();
    private readonly HashSet<ServiceConnection> _all = [];

    /// <summary>As it is configured, e.g. 10.0.0.7:8080.</summary>
    internal string Authority => authority;

    internal bool IsUnused => _all.Count == 0;

    /// <summary>One that waits for work, else a new one, which may have failed.</summary>
    /// <exception cref="SocketException">There are too many.</exception>
    /// <exception cref="InvalidOperationException">Elsewhere than on the loop: two would get one connection, and each other's answers.</exception>
    internal ValueTask<ServiceConnection> TakeAsync()
    {
        if (EventLoop.Current != loop)
        {
            throw new InvalidOperationException("A service's connections are of their loop alone");
        }

        while (_idle.TryPop(out var connection))
        {
            if (connection.IsFit)
            {
                return new ValueTask<ServiceConnection>(connection);
            }

            connection.Dispose();
        }

        return ServiceConnection.OpenAsync(this, loop, address, Routes.ConnectTimeout);
    }

    /// <summary>Its answer is there to the last byte, and nothing behind it.</summary>
    internal void Give(ServiceConnection connection)
    {
        connection.Rest(IdleTime);
        _idle.Push(connection);
    }

    internal void Watch(ServiceConnection connection) => _all.Add(connection);

    /// <summary>Closes what has waited too long, and forgets what is closed.</summary>
    internal void Sweep()
    {
        var now = Environment.TickCount64;

        foreach (var connection in _all)
        {
            connection.Judge(now);
        }

        if (_all.RemoveWhere(connection => connection.IsClosed) > 0)
        {
            Stack<ServiceConnection> left = new(_idle.Where(connection => !connection.IsClosed));
            _idle.Clear();

            foreach (var connection in left)
            {
                _idle.Push(connection);
            }
        }
    }
}
