using System.Diagnostics.Metrics;

namespace Coworking.Hosting.Leases;

/// <summary>What background work counts, by the name of its lease.</summary>
internal static class JobMetrics
{
    private static readonly Meter Meter = new("Coworking.Jobs");
    private static readonly Counter<long> Runs = Meter.CreateCounter<long>("jobs.runs", "{run}", "Runs of background work that came to an end, well or not, by lease");
    private static readonly Counter<long> Failures = Meter.CreateCounter<long>("jobs.failures", "{failure}", "Times that background work broke, by lease");

    // Not "job": that is the name of a service in Prometheus, and one name cannot be said twice.
    internal static void Ran(string job) => Runs.Add(1, new KeyValuePair<string, object?>("lease", job));

    internal static void Failed(string job) => Failures.Add(1, new KeyValuePair<string, object?>("lease", job));
}
