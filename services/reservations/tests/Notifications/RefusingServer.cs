using System.Net;
using System.Net.Sockets;

namespace Coworking.Reservations.Tests.Notifications;

/// <summary>A mail server that takes no recipient, or that says nothing at all.</summary>
internal sealed class RefusingServer(bool isSilent, string refusal) : IAsyncDisposable
{
    private readonly TaskCompletionSource _called = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private Task _serving = Task.CompletedTask;

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Somebody has connected.</summary>
    internal Task Called => _called.Task;

    internal static RefusingServer Start(bool isSilent, string refusal = "550 no such person")
    {
        var server = new RefusingServer(isSilent, refusal);
        server._listener.Start();
        server._serving = server.ServeAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _serving;
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                _called.TrySetResult();
                await (isSilent ? Task.Delay(Timeout.Infinite, _stopping.Token) : TalkAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The test is over.
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream);
        await using var writer = new StreamWriter(stream) { NewLine = "\r\n", AutoFlush = true };
        await writer.WriteLineAsync("220 nobody.example.com");

        while (await reader.ReadLineAsync(_stopping.Token) is { } line && line != "QUIT")
        {
            await writer.WriteLineAsync(line.StartsWith("RCPT", StringComparison.Ordinal) ? refusal : "250 fine");
        }
    }
}
