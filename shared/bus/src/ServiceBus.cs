using System.Net.Security;
using System.Security.Authentication;
using Coworking.Contracts;
using Coworking.Hosting;
using Coworking.Hosting.Json;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Coworking.Bus;

/// <summary>What a service hears and says on RabbitMQ. It starts and serves without the bus; only the bus's health says so.</summary>
public sealed class ServiceBus
{
    // The default (twice the cores) starves consumers that wait for the database. More than this, and the acknowledgements of the other three queues, which a
    // connection that ended no longer writes, could fill the 128 frames that the client keeps for its socket, and wait there for ever (rabbitmq-dotnet-client, issue 1930).
    private const int Prefetch = 40;

    // A transaction per message: more at a time would only queue at the pool.
    private const int Concurrency = 8;

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DeclarationLimit = TimeSpan.FromMinutes(2);

    private readonly List<Action<IBusRegistrationConfigurator>> _consumers = [];
    private readonly List<Action<IRabbitMqBusFactoryConfigurator, IBusRegistrationContext>> _endpoints = [];
    private readonly List<string> _queues = [];

    private ServiceBus()
    {
    }

    internal IReadOnlyList<string> Queues => _queues;

    /// <summary>Registers the bus of a service, its outbox publisher and the care for its error queues.</summary>
    /// <param name="services">The service's.</param>
    /// <param name="describe">Which messages it hears, from which queues, and which it says.</param>
    public static void Add(IServiceCollection services, Action<ServiceBus> describe)
    {
        var described = new ServiceBus();
        describe(described);
        services.AddSingleton(described);
        services.AddOptions<BusOptions>().BindConfiguration("Bus").ValidateDataAnnotations().ValidateOnStart();
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            described._consumers.ForEach(add => add(bus));
            // A bus that is away degrades the service and takes no replica out of rotation: the outbox waits.
            bus.ConfigureHealthCheckOptions(health =>
            {
                health.Name = "bus";
                health.MinimalFailureStatus = HealthStatus.Degraded;
                health.Tags.Add("ready");
            });
            bus.UsingRabbitMq((context, rabbit) =>
            {
                var address = context.GetRequiredService<IOptions<BusOptions>>().Value.Uri!;
                rabbit.Host(address, host =>
                {
                    // A broker that stands still is left because of its missing heartbeats, after some 40 s, and met again when it is back. A declaration that waits
                    // for it must not give up before: MassTransit takes that for a stop, and never tries again.
                    host.Heartbeat(Heartbeat);
                    host.ContinuationTimeout(DeclarationLimit);

                    if (address.Scheme == "amqps")
                    {
                        host.UseSsl(ssl =>
                        {
                            // MassTransit takes any certificate that names the host, whoever made it, and TLS 1.2 alone.
                            ssl.EnforcePolicyErrors(SslPolicyErrors.RemoteCertificateChainErrors);
                            ssl.Protocol = SslProtocols.None;
                        });
                    }
                });
                rabbit.MessageTopology.SetEntityNameFormatter(new ContractNames(rabbit.MessageTopology.EntityNameFormatter));
                rabbit.ConfigureJsonSerializerOptions(options =>
                {
                    options.WriteIndented = false;
                    return JsonSetup.Configure(options);
                });
                // What others subscribe to stands before it is first said: a binding to an exchange that is not there yet is an error of theirs.
                rabbit.DeployPublishTopology = true;
                rabbit.ConnectReceiveObserver(new ClosedChannels());
                described._endpoints.ForEach(add => add(rabbit, context));
            });
        });
        // A start and a stop must not wait for a broker that is away.
        services.Configure<MassTransitHostOptions>(host => (host.WaitUntilStarted, host.StopTimeout) = (false, TimeSpan.FromSeconds(5)));
        services.AddOutbox<BusPublisher>();
        services.AddSingleton<BusMetrics>();
        services.AddSingleton<ErrorQueues>();
        services.AddHostedService(provider => provider.GetRequiredService<ErrorQueues>());
    }

    /// <summary>Consumes from a durable queue of this name, bound to the exchanges of the consumer's messages.</summary>
    /// <typeparam name="TConsumer">The consumer.</typeparam>
    /// <param name="queue">Name of the queue.</param>
    public ServiceBus Hear<TConsumer>(string queue)
        where TConsumer : class, IConsumer
    {
        _queues.Add(queue);
        _consumers.Add(bus => bus.AddConsumer<TConsumer>());
        _endpoints.Add((rabbit, context) => rabbit.ReceiveEndpoint(queue, endpoint =>
        {
            endpoint.SetQuorumQueue();
            endpoint.PrefetchCount = Prefetch;
            endpoint.ConcurrentMessageLimit = Concurrency;
            endpoint.PublishFaults = false;
            // The outer one first: what a database that is away does to a message is not the message's fault.
            endpoint.UseMessageRetry(Retries.OfOutages);
            endpoint.UseMessageRetry(Retries.OfFaults);
            endpoint.ConfigureConsumer<TConsumer>(context);
        }));
        return this;
    }

    /// <summary>Declares the exchange of a message that this service says.</summary>
    /// <typeparam name="TMessage">A record of the contracts.</typeparam>
    public ServiceBus Say<TMessage>()
        where TMessage : class
    {
        _endpoints.Add((rabbit, _) => rabbit.Publish<TMessage>());
        return this;
    }

    /// <summary>The exchanges of the contracts by their fixed names; what is no contract (faults) keeps its own.</summary>
    private sealed class ContractNames(IEntityNameFormatter others) : IEntityNameFormatter
    {
        public string FormatEntityName<T>() => MessageNames.Exchanges.TryGetValue(typeof(T), out var name) ? name : others.FormatEntityName<T>();
    }
}
