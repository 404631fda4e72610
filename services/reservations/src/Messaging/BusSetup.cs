using Coworking.Contracts;
using Coworking.Hosting;
using Coworking.Hosting.Json;
using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Coworking.Reservations.Messaging;

/// <summary>The way to and from RabbitMQ. The service starts and serves without it; only the bus's health says so.</summary>
internal static class BusSetup
{
    // The default is twice the cores; 512 carried ten times as much in measurements.
    private const int Prefetch = 512;

    // A transaction per message: more at a time would only queue at the pool.
    private const int Concurrency = 8;

    // Short waits for a rival, then long ones for a database that restarts; after that the message goes to the queue's _error.
    private static readonly TimeSpan[] Retries =
        [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)];

    internal static void AddBus(this IServiceCollection services)
    {
        services.AddOptions<BusOptions>().BindConfiguration("Bus").ValidateDataAnnotations().ValidateOnStart();
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.AddConsumer<WhenTwinChanged>();
            bus.AddConsumer<WhenSnapshotRequested>();
            bus.ConfigureHealthCheckOptions(health =>
            {
                health.Name = "bus";
                health.MinimalFailureStatus = HealthStatus.Degraded;
                health.Tags.Add("ready");
            });
            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.Host(context.GetRequiredService<IOptions<BusOptions>>().Value.Uri);
                rabbit.MessageTopology.SetEntityNameFormatter(new ExchangeNames(rabbit.MessageTopology.EntityNameFormatter));
                rabbit.ConfigureJsonSerializerOptions(options =>
                {
                    options.WriteIndented = false;
                    return JsonSetup.Configure(options);
                });
                rabbit.Hear<WhenTwinChanged>("reservations-twins", context);
                rabbit.Hear<WhenSnapshotRequested>("reservations-snapshots", context);
            });
        });
        // A stop must not wait for a broker that is away.
        services.Configure<MassTransitHostOptions>(host => host.StopTimeout = TimeSpan.FromSeconds(5));
        services.AddOutbox<BusPublisher>();
        services.AddHostedService<SnapshotAtStart>();
    }

    private static void Hear<TConsumer>(this IRabbitMqBusFactoryConfigurator rabbit, string queue, IBusRegistrationContext context)
        where TConsumer : class, IConsumer =>
        rabbit.ReceiveEndpoint(queue, endpoint =>
        {
            endpoint.SetQuorumQueue();
            endpoint.PrefetchCount = Prefetch;
            endpoint.ConcurrentMessageLimit = Concurrency;
            endpoint.PublishFaults = false;
            endpoint.UseMessageRetry(retry => retry.Intervals(Retries));
            endpoint.ConfigureConsumer<TConsumer>(context);
        });

    /// <summary>The exchanges of the contracts by their fixed names; what is no contract (faults) keeps its own.</summary>
    private sealed class ExchangeNames(IEntityNameFormatter others) : IEntityNameFormatter
    {
        public string FormatEntityName<T>() => MessageNames.Exchanges.TryGetValue(typeof(T), out var name) ? name : others.FormatEntityName<T>();
    }
}
