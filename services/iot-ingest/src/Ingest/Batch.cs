using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Twins;

namespace Coworking.IotIngest.Ingest;

/// <summary>What one transaction writes. Reused, so that a steady stream makes no garbage to speak of.</summary>
internal sealed class Batch
{
    private readonly List<IngestItem> _items = new(ReadingBatcher.MaxBatch);
    private readonly List<ReportedState> _reported = [];
    private readonly Dictionary<(int, long, long), string> _traces = [];
    private readonly HashSet<int> _taken = [];

    /// <summary>Readings in the order of the primary key, each once.</summary>
    public List<Reading> Readings { get; } = new(ReadingBatcher.MaxBatch);

    /// <summary>In key order too, so that replicas cannot deadlock one another; those of one space in receive order.</summary>
    public List<ReportedState> Reported => [.. _reported.OrderBy(reported => reported.Space.Key)];

    public List<RejectedMessage> Rejected { get; } = [];

    /// <summary>Those of <see cref="Readings"/> that were new, in the same order; set by the store.</summary>
    public List<Reading> Fresh { get; set; } = [];

    /// <summary>Messages of all kinds, in receive order.</summary>
    public IReadOnlyList<IngestItem> Items => _items;

    public int Count => _items.Count;

    /// <summary>Device time of the oldest and the newest reading, micros.</summary>
    public long Oldest { get; private set; } = long.MaxValue;

    public long Newest { get; private set; } = long.MinValue;

    /// <summary>Copies of readings within this batch.</summary>
    public int Duplicates { get; private set; }

    /// <summary>The traceparent that a reading brought, or null.</summary>
    public string? TraceOf(in Reading reading) => _traces.Count > 0 ? _traces.GetValueOrDefault((reading.SpaceKey, reading.At, reading.Digest)) : null;

    public void Add(in IngestItem item)
    {
        _items.Add(item);

        if (item.Trace is { } trace)
        {
            _traces[(item.Reading.SpaceKey, item.Reading.At, item.Reading.Digest)] = trace.TraceParent;
        }

        if (item.Rejected is { } rejected)
        {
            Rejected.Add(rejected);
        }
        else if (item.Reported is { } reported)
        {
            _reported.Add(reported);
        }
        else
        {
            Readings.Add(item.Reading);
            (Oldest, Newest) = (Math.Min(Oldest, item.Reading.At), Math.Max(Newest, item.Reading.At));
        }
    }

    /// <summary>Sorts the readings and drops copies.</summary>
    public void Seal()
    {
        Readings.Sort(KeyOrder.Instance);
        var kept = 0;

        for (var i = 0; i < Readings.Count; i++)
        {
            if (kept == 0 || KeyOrder.Instance.Compare(Readings[kept - 1], Readings[i]) != 0)
            {
                Readings[kept++] = Readings[i];
            }
        }

        Duplicates = Readings.Count - kept;
        Readings.RemoveRange(kept, Duplicates);
    }

    /// <summary>True for the first who asks for a reading that was new: its copies in this batch, and those who ask again, were not.</summary>
    public bool TakeFresh(in Reading reading)
    {
        var index = Fresh.BinarySearch(reading, KeyOrder.Instance);
        return index >= 0 && _taken.Add(index);
    }

    /// <summary>Some of its messages as a batch of their own, sealed.</summary>
    public Batch Part(int first, int end)
    {
        var part = new Batch();

        for (var i = first; i < end; i++)
        {
            part.Add(_items[i]);
        }

        part.Seal();
        return part;
    }

    /// <summary>Makes a rejection of a message that cannot be stored; false where it is one already.</summary>
    public bool Reject(int index, string detail)
    {
        var item = _items[index];
        _items[index] = item with { Rejected = RejectedMessage.Of([], new Rejection(Rejection.Malformed, $"{detail} (space {item.Space?.Id}, ts {Database.Micros.ToInstant(item.Reading.At):O})"), []) };
        return item.Rejected is null;
    }

    public void Clear()
    {
        _taken.Clear();
        _items.Clear();
        Readings.Clear();
        _reported.Clear();
        Rejected.Clear();
        _traces.Clear();
        (Oldest, Newest, Duplicates) = (long.MaxValue, long.MinValue, 0);
    }
}
