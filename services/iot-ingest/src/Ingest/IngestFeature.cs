using Coworking.IotIngest.Maintenance;
using Coworking.IotIngest.Partitions;
using Coworking.IotIngest.Spaces;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Coworking.IotIngest.Ingest;

/// <summary>The hot path: from the broker into the tables.</summary>
internal static class IngestFeature
{
    public static void AddIngest(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<IotIngestOptions>()
            .Bind(configuration.GetSection("Ingest"))
            .Configure(options => configuration.GetSection("Mqtt").Bind(options.Mqtt))
            // The binder passes over an item that it cannot read, and alerts would rise at other times than somebody believes.
            .Validate(
                options => configuration.GetSection("Ingest:EscalateAfter").GetChildren().Count() == (options.EscalateAfter?.Length ?? 0),
                "Ingest:EscalateAfter holds what is no time, e.g. 01:00:00")
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<IotIngestOptions>, IotIngestOptionsValidator>();
        services.AddSingleton<SpaceDirectory>();
        services.AddHostedService(provider => provider.GetRequiredService<SpaceDirectory>());
        services.AddSingleton<IngestQueue>();
        services.AddSingleton<IngestMetrics>();
        services.AddSingleton<MessageDecoder>();
        services.AddSingleton<IngestDatabase>();
        services.AddSingleton<ReadingStore>();
        services.AddSingleton<PartitionLeases>();
        services.AddSingleton<PartitionSessions>();
        services.AddHostedService<StorageCare>();
        services.AddHostedService<ReadingBatcher>();
        // Last, so that it stops first: the sessions drain into the batcher before that ends.
        services.AddSingleton<PartitionHolder>();
        services.AddHostedService(provider => provider.GetRequiredService<PartitionHolder>());
        services.AddHealthChecks().AddCheck<BrokerHealth>("mqtt", HealthStatus.Degraded, tags: ["ready"]);
    }
}
