using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Coworking.Local;

/// <summary>TCP ports of the loopback interface.</summary>
public static class Ports
{
    // Below the kernel's ephemeral range, from which any outgoing connection could take the port before its server does.
    private const int First = 20_000;
    private const int Last = 32_000;

    private static readonly Lock Gate = new();
    private static readonly HashSet<int> Given = [];

    // Held until this process ends, so that no other is given a port on which this one does not listen yet.
    private static readonly List<FileStream> Marks = [];

    /// <summary>A port that nobody listens on and that neither this process has been given before nor another that still runs.</summary>
    public static int Free()
    {
        lock (Gate)
        {
            for (var attempt = 0; attempt < 1_000; attempt++)
            {
                var port = Random.Shared.Next(First, Last);
                if (!Given.Contains(port) && IsFree(port) && TryMark(port))
                {
                    Given.Add(port);
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"No free port between {First} and {Last}");
    }

    public static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>The port itself, or a free one for 0; throws <see cref="PortTakenException"/> when somebody else listens on it.</summary>
    internal static int Claim(int port, string owner, string? variable = null)
    {
        if (port == 0)
        {
            return Free();
        }

        return IsFree(port) ? port : throw new PortTakenException(port, owner, variable);
    }

    internal static async Task<bool> AnswersAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool TryMark(int port)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"coworking-ports-{Environment.UserName}")).FullName;

        try
        {
            Marks.Add(new FileStream(Path.Combine(folder, port.ToString(CultureInfo.InvariantCulture)), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}

/// <summary>Somebody else listens on a port that a server was told to use.</summary>
public sealed class PortTakenException(int port, string owner, string? variable) : Exception(
    $"Port {port}, meant for {owner}, is taken by another program." + (variable is null ? "" : $" Set {variable} to another port."))
{
    public int Port => port;
}
