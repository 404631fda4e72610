using System.Globalization;
using Microsoft.AspNetCore.Connections;

namespace Coworking.Gateway.Transport;

/// <summary>Whether clients' connections run on event loops, and how what may compute or wait is kept off them.</summary>
internal static class TransportSetup
{
    private const int Most = 256;

    internal static void AddTransport(this WebApplicationBuilder builder)
    {
        if (CountOf(builder.Configuration) is > 0 and var count)
        {
            builder.Services.AddSingleton(services => new EventLoops(count, services.GetRequiredService<ILogger<EventLoop>>()));
            builder.Services.AddSingleton<IConnectionListenerFactory, LoopTransport>();
        }
    }

    /// <summary>One line that names the setting at fault; null where all is well.</summary>
    internal static string? Refuse(IConfiguration configuration) =>
        CountOf(configuration) is >= 0 and <= Most ? null : $"Transport:Loops is '{configuration["Transport:Loops"]}', which is no number from 0 (none: the framework's sockets) to {Most}";

    /// <summary>
    /// Only what is passed on to a service runs on a loop. Our own handlers hash, sign and ask the database; TLS shakes hands before there is a request, and HTTP/2 has frames
    /// without one: all that is for the thread pool, on which every connection begins.
    /// </summary>
    internal static void UseLoops(this IApplicationBuilder app, Func<Endpoint?, bool> isPassedOn) => app.Use((HttpContext context, RequestDelegate next) =>
    {
        if (context.Features.Get<LoopScheduler>() is not { } scheduler || !HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            return next(context);
        }

        // For as long as the connection goes on like this: the next request is judged anew.
        scheduler.RunsOnPool = !isPassedOn(context.GetEndpoint());
        return scheduler.RunsOnPool && EventLoop.Current is not null ? OnPoolAsync(context, next) : next(context);
    });

    private static async Task OnPoolAsync(HttpContext context, RequestDelegate next)
    {
        await Task.Yield();
        await next(context);
    }

    // epoll is Linux's.
    private static int CountOf(IConfiguration configuration) =>
        !OperatingSystem.IsLinux() ? 0
        : configuration["Transport:Loops"] is not { Length: > 0 } text ? Environment.ProcessorCount
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count
        : -1;
}
