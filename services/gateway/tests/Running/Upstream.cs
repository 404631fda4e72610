using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Coworking.Gateway.Tests.Running;

/// <summary>A service behind the gateway: tells what reached it, and streams or keeps silent where asked.</summary>
internal sealed class Upstream : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _silent;
    private int _streams;

    private Upstream(WebApplication app, string name) => (_app, Name) = (app, name);

    internal string Name { get; }

    internal string Address => _app.Urls.First();

    /// <summary>What it says of itself; null: nonsense.</summary>
    internal string? Document { get; set; }

    /// <summary>Set when the client of the stream has gone.</summary>
    internal TaskCompletionSource StreamLeft { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Requests that wait for an answer that does not come.</summary>
    internal int Silent => Volatile.Read(ref _silent);

    /// <summary>Streams that are open.</summary>
    internal int Streams => Volatile.Read(ref _streams);

    /// <summary>What the stream sends next.</summary>
    internal BlockingFrames Frames { get; } = new();

    internal static async Task<Upstream> StartAsync(string name, string address = "http://127.0.0.1:0")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 64 * 1024 * 1024);
        builder.WebHost.UseUrls(address);
        var app = builder.Build();
        var upstream = new Upstream(app, name);
        app.MapGet("/api/v1/iot/stream", upstream.StreamAsync);
        app.MapGet("/api/v1/spaces/silent", upstream.KeepSilentAsync);
        app.MapGet("/openapi/v1.json", (HttpContext context) => upstream.Document is { } document ? context.Response.WriteAsync(document) : upstream.EchoAsync(context));
        app.MapFallback("{**path}", upstream.EchoAsync);
        await app.StartAsync();
        return upstream;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task KeepSilentAsync(HttpContext context)
    {
        Interlocked.Increment(ref _silent);
        await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Interlocked.Decrement(ref _silent);
    }

    private async Task EchoAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        context.Response.Headers.Server = "secret/1.0";
        context.Response.Headers.XFrameOptions = "ALLOWALL";
        context.Response.Headers.ContentSecurityPolicy = context.Request.Query["policy"];
        await context.Response.WriteAsJsonAsync(new Echo(
            Name,
            context.Request.Method,
            context.Request.Path.Value!,
            context.Request.QueryString.Value!,
            context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString()),
            body.Length));
    }

    private async Task StreamAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers["x-query"] = context.Request.QueryString.Value;
        context.Response.Headers["x-saw-key"] = context.Request.Headers["x-api-key"].ToString();
        await context.Response.Body.FlushAsync(context.RequestAborted);
        Interlocked.Increment(ref _streams);

        try
        {
            await foreach (var frame in Frames.ReadAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync(frame, context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            StreamLeft.TrySetResult();
        }
        finally
        {
            Interlocked.Decrement(ref _streams);
        }
    }
}

/// <summary>What a service saw of a request.</summary>
internal sealed record Echo(string Service, string Method, string Path, string Query, Dictionary<string, string> Headers, long BodyLength)
{
    internal static async Task<Echo> OfAsync(HttpResponseMessage answer)
    {
        Assert.Equal(200, (int)answer.StatusCode);
        return JsonSerializer.Deserialize<Echo>(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), JsonSerializerOptions.Web)!;
    }
}

internal sealed class BlockingFrames
{
    private readonly System.Threading.Channels.Channel<string> _frames = System.Threading.Channels.Channel.CreateUnbounded<string>();

    internal void Send(string frame) => _frames.Writer.TryWrite(frame);

    internal IAsyncEnumerable<string> ReadAsync(CancellationToken cancellationToken) => _frames.Reader.ReadAllAsync(cancellationToken);
}
