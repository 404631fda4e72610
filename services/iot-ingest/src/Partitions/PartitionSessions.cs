using Coworking.IotIngest.Ingest;
using Coworking.IotIngest.Spaces;
using Microsoft.Extensions.Options;

namespace Coworking.IotIngest.Partitions;

/// <summary>Starts sessions with all that they need.</summary>
internal sealed class PartitionSessions(
    IngestQueue queue, SpaceDirectory spaces, MessageDecoder decoder, IngestMetrics metrics, IOptions<IotIngestOptions> options, TimeProvider clock, ILogger<PartitionSession> log)
{
    public PartitionSession Start(int partition, PartitionLeases leases)
    {
        var session = new PartitionSession(partition, leases, queue, spaces, decoder, metrics, options.Value, clock, log);
        session.Start();
        return session;
    }
}
