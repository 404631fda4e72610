using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Coworking.Local;

namespace Coworking.SystemTests.Requests;

/// <summary>Takes every webhook and keeps what it was told.</summary>
internal sealed class HookReceiver : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _taking;

    internal HookReceiver()
    {
        var address = $"http://127.0.0.1:{Ports.Free().ToString(CultureInfo.InvariantCulture)}/";
        _listener.Prefixes.Add(address);
        _listener.Start();
        Url = address + "hooks";
        _taking = TakeAsync();
    }

    internal string Url { get; }

    internal ConcurrentQueue<string> Bodies { get; } = [];

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _taking;
    }

    private async Task TakeAsync()
    {
        while (true)
        {
            HttpListenerContext call;

            try
            {
                call = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            await AnswerAsync(call);
        }
    }

    private async Task AnswerAsync(HttpListenerContext call)
    {
        try
        {
            using var reader = new StreamReader(call.Request.InputStream);
            Bodies.Enqueue(await reader.ReadToEndAsync());
            call.Response.StatusCode = (int)HttpStatusCode.NoContent;
            call.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException)
        {
            // One caller that leaves is no end of the others: it comes again.
        }
    }
}
