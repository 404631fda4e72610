using System.Threading.Channels;

namespace Coworking.IotIngest.Ingest;

/// <summary>The bounded queue between the connections and the store. Full means that connections stop reading: back-pressure is a withheld acknowledgement.</summary>
internal sealed class IngestQueue
{
    // Two full batches: one is being written while the next gathers. More would only be memory.
    public const int Capacity = 2 * ReadingBatcher.MaxBatch;

    private readonly Channel<IngestItem> _channel = Channel.CreateBounded<IngestItem>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    public ChannelReader<IngestItem> Reader => _channel.Reader;

    public int Depth => _channel.Reader.Count;

    public ValueTask WriteAsync(in IngestItem item, CancellationToken cancellationToken) => _channel.Writer.WriteAsync(item, cancellationToken);
}
