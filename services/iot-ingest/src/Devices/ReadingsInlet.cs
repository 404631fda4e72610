using Coworking.IotIngest.Ingest;

namespace Coworking.IotIngest.Devices;

/// <summary>One request with readings as a source of the hot path: complete when the last of them is committed.</summary>
internal sealed class ReadingsInlet(int count) : IngestSource
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Item> _items = [];
    private int _left = count;

    /// <summary>What became of a reading that was not plainly accepted.</summary>
    internal sealed record Item(int Index, string Outcome, string? Reason, string? Detail);

    public int Accepted { get; private set; }

    public int Duplicate { get; private set; }

    public int Rejected { get; private set; }

    /// <summary>Complete once <see cref="Done"/> is.</summary>
    public IReadOnlyList<Item> Items => _items;

    public Task Done => _done.Task;

    /// <summary>Nothing is acknowledged beyond <see cref="Done"/>.</summary>
    public override bool HasCommitted => false;

    public override void Committed(in IngestItem item, Batch batch)
    {
        if (item.Rejected is { } rejected)
        {
            Rejected++;
            _items.Add(new Item(item.PacketId, "rejected", rejected.Rejection.Reason, rejected.Rejection.Detail));
        }
        else if (batch.TakeFresh(item.Reading))
        {
            Accepted++;
        }
        else
        {
            Duplicate++;
            _items.Add(new Item(item.PacketId, "duplicate", null, null));
        }

        if (--_left == 0)
        {
            _done.SetResult();
        }
    }

    public override ValueTask AcknowledgeAsync() => ValueTask.CompletedTask;
}
