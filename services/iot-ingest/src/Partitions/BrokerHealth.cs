using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Coworking.IotIngest.Partitions;

/// <summary>Whether every partition that this replica holds is connected and subscribed. A broker that is away degrades the service and takes no replica out of rotation: no other would reach it either.</summary>
internal sealed class BrokerHealth(PartitionHolder holder) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var (held, following) = holder.Present();
        var refused = holder.Refused;
        return Task.FromResult(
            refused.Length > 0 ? HealthCheckResult.Degraded($"the broker refuses the topics of partitions {string.Join(", ", refused)}")
            : held > following ? HealthCheckResult.Degraded($"{held - following} of {held} partitions have no subscription at the broker")
            : HealthCheckResult.Healthy($"{held} partitions held and followed"));
    }
}
