using System.Diagnostics;
using System.Globalization;
using Coworking.Contracts;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Coworking.Bench;

/// <summary>The peer of P14: publishes the same message again and again by MassTransit as it comes, in windows that are confirmed, each time it is told to.</summary>
internal static class BarePublish
{
    public const string Verb = "bare-publish";

    /// <summary>Where MassTransit publishes <see cref="BookingPlaced"/> when nobody names it.</summary>
    public const string Exchange = "Coworking.Contracts:BookingPlaced";

    private const int Window = 1000;

    /// <summary>What a booking says on the bus.</summary>
    public static BookingPlaced Message(Guid id, DateTimeOffset now) => new(
        id,
        now,
        1,
        new BookingFacts(Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), now.AddDays(1), now.AddDays(1).AddHours(1), now.AddDays(1), now.AddDays(1).AddHours(1), "confirmed"));

    public static async Task<int> RunAsync(int port, string address)
    {
        var bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(new Uri(address)));
        await bus.StartAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        var app = builder.Build();
        app.Run(async context =>
        {
            if (HttpMethods.IsPost(context.Request.Method))
            {
                var count = int.Parse(context.Request.Query["count"].ToString(), CultureInfo.InvariantCulture);
                await context.Response.WriteAsync((await PublishAsync(bus, count, context.RequestAborted)).ToString(CultureInfo.InvariantCulture));
            }
        });
        await app.RunAsync();
        await bus.StopAsync();
        return 0;
    }

    /// <returns>Seconds.</returns>
    private static async Task<double> PublishAsync(IBus bus, int count, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();

        for (var sent = 0; sent < count; sent += Window)
        {
            await Task.WhenAll(Enumerable.Range(0, Math.Min(Window, count - sent)).Select(_ => bus.Publish(Message(Guid.CreateVersion7(), TimeProvider.System.GetUtcNow()), cancellationToken)));
        }

        return watch.Elapsed.TotalSeconds;
    }
}
