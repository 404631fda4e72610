using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Coworking.Reservations.Tests.Webhooks;

/// <summary>Somebody's receiver of webhooks, as well or as badly behaved as a test wants it.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Receiver(WebApplication app) => _app = app;

    internal ConcurrentQueue<Call> Calls { get; } = [];

    /// <summary>How it answers the next calls; 204 at first.</summary>
    internal RequestDelegate Answer { get; set; } = Status(204);

    internal string Url => $"{_app.Urls.Single()}/hooks";

    internal static RequestDelegate Status(int status) => context =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    internal static async Task<Receiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new Receiver(app);
        app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            receiver.Calls.Enqueue(new Call(
                context.Request.Path, context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), await reader.ReadToEndAsync(context.RequestAborted)));
            await receiver.Answer(context);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>A call as it came.</summary>
    internal sealed record Call(string Path, Dictionary<string, string> Headers, string Body);
}
