using System.Globalization;
using Microsoft.AspNetCore.Connections;

namespace Coworking.Gateway.Transport;

/// <summary>Whether clients' connections run on event loops, and how what may compute or wait is kept off them.</summary>
internal static class TransportSetup
{
    private const string Setting = "Transport:Loops";
    private const int Most = 256;

    internal static void AddTransport(this WebApplicationBuilder builder)
    {
        if (CountOf(builder.Configuration) is > 0 and var count)
        {
            builder.Services.AddSingleton(_ => new EventLoops(count));
            builder.Services.AddSingleton<IConnectionListenerFactory, LoopTransport>();
        }
    }

    /// <summary>One line that names the setting at fault; null where all is well.</summary>
    internal static string? Refuse(IConfiguration configuration) =>
        CountOf(configuration) is >= 0 and <= Most ? null : $"{Setting} is '{configuration[Setting]}', which is no number from 0 (none: the framework's sockets) to {Most}";

    /// <summary>Our own handlers hash, sign and ask the database: from here on they run on the thread pool. What is passed on to a service does nothing of the kind.</summary>
    internal static void UsePoolForOwn(this IApplicationBuilder app, Func<Endpoint?, bool> isOwn) => app.Use((HttpContext context, RequestDelegate next) =>
        EventLoop.Current is not null && isOwn(context.GetEndpoint()) && context.Features.Get<LoopScheduler>() is { } scheduler ? OnPoolAsync(context, next, scheduler) : next(context));

    private static async Task OnPoolAsync(HttpContext context, RequestDelegate next, LoopScheduler scheduler)
    {
        scheduler.RunsOnPool = true;

        try
        {
            await Task.Yield();
            await next(context);
        }
        finally
        {
            scheduler.RunsOnPool = false;
        }
    }

    // epoll is Linux's.
    private static int CountOf(IConfiguration configuration) =>
        !OperatingSystem.IsLinux() ? 0
        : configuration[Setting] is not { Length: > 0 } text ? Environment.ProcessorCount
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count
        : -1;
}
