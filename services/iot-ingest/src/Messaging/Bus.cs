using Coworking.Contracts;
using Coworking.Hosting;
using Coworking.Hosting.Json;
using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Coworking.IotIngest.Messaging;

/// <summary>The service on the bus: what it hears, and by which names.</summary>
internal static class Bus
{
    // The default (twice the cores) starves consumers that wait for the database: this many gave ten times the rate.
    private const int Prefetch = 512;

    // A transaction per message: more at a time would only queue at the pool.
    private const int Concurrency = 8;

    /// <exception cref="InvalidOperationException">Bus:Uri is missing.</exception>
    public static void AddBus(this IServiceCollection services, IConfiguration configuration)
    {
        var uri = configuration["Bus:Uri"] ?? throw new InvalidOperationException("Bus:Uri is missing: amqp://user:password@host:port/vhost; set Bus__Uri");
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.AddConsumer<WhenSpaceChanged>();
            bus.AddConsumer<WhenLocationChanged>();
            bus.AddConsumer<WhenBookingChanged>();
            bus.AddConsumer<WhenSnapshotRequested>();
            // A bus that is away degrades the service and takes no replica out of rotation: the outbox waits.
            bus.ConfigureHealthCheckOptions(health =>
            {
                health.Name = "bus";
                health.MinimalFailureStatus = HealthStatus.Degraded;
                health.Tags.Add("ready");
            });
            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.Host(new Uri(uri));
                rabbit.MessageTopology.SetEntityNameFormatter(new ContractNames(rabbit.MessageTopology.EntityNameFormatter));
                rabbit.ConfigureJsonSerializerOptions(JsonSetup.Configure);
                // What others subscribe to stands before it is first said: a binding to an exchange that is not there yet is an error of theirs.
                rabbit.DeployPublishTopology = true;
                rabbit.Publish<AlertOpened>();
                rabbit.Publish<AlertResolved>();
                rabbit.Publish<TwinChanged>();
                rabbit.Publish<TwinDiverged>();
                rabbit.Publish<TwinConverged>();
                rabbit.Publish<SpaceOccupancyChanged>();
                rabbit.Hear<WhenSpaceChanged>("iot-ingest-spaces", context);
                rabbit.Hear<WhenLocationChanged>("iot-ingest-locations", context);
                rabbit.Hear<WhenBookingChanged>("iot-ingest-bookings", context);
                rabbit.Hear<WhenSnapshotRequested>("iot-ingest-snapshots", context);
            });
        });
        services.AddOptions<MassTransitHostOptions>().Configure(options => (options.WaitUntilStarted, options.StopTimeout) = (false, TimeSpan.FromSeconds(5)));
        services.AddOutbox<BusPublisher>();
        services.AddHostedService<RequestSnapshot>();
    }

    private static void Hear<TConsumer>(this IRabbitMqBusFactoryConfigurator rabbit, string queue, IBusRegistrationContext context)
        where TConsumer : class, IConsumer =>
        rabbit.ReceiveEndpoint(queue, endpoint =>
        {
            endpoint.SetQuorumQueue();
            endpoint.PrefetchCount = Prefetch;
            endpoint.PublishFaults = false;
            endpoint.ConcurrentMessageLimit = Concurrency;
            endpoint.UseMessageRetry(retry => retry.Intervals(100, 100, 100, 1000, 5000));
            endpoint.ConfigureConsumer<TConsumer>(context);
        });

    /// <summary>Exchanges are named by the contracts; faults and the like keep MassTransit's names.</summary>
    private sealed class ContractNames(IEntityNameFormatter others) : IEntityNameFormatter
    {
        public string FormatEntityName<T>() => MessageNames.Exchanges.TryGetValue(typeof(T), out var name) ? name : others.FormatEntityName<T>();
    }
}
