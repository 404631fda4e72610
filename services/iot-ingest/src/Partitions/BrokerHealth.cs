using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Coworking.IotIngest.Partitions;

/// <summary>Degraded where the broker refuses this service its topics: then nothing would arrive, and nothing else would say so.</summary>
internal sealed class BrokerHealth(PartitionHolder holder) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        holder.Refused is { Length: > 0 } refused
            ? HealthCheckResult.Degraded($"the broker refuses the topics of partitions {string.Join(", ", refused)}")
            : HealthCheckResult.Healthy());
}
