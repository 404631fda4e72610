using System.Collections.Concurrent;
using Coworking.Gateway.Limits;

namespace Coworking.Gateway.ApiKeys;

/// <summary>
/// The buckets of keys that were met, by the key's id: they outlive what the ring remembers, so that neither a change of the key nor a
/// lost connection fills one. No more than there are keys in the table.
/// </summary>
internal sealed class KeyBuckets(LimitOptions options, TimeProvider clock)
{
    private readonly ConcurrentDictionary<Guid, TokenBucket> _buckets = new();

    internal int Count => _buckets.Count;

    internal TokenBucket Of(Guid id, string role, Rate? own)
    {
        var rate = own ?? options.OfKey(role);
        var bucket = _buckets.GetOrAdd(id, static (_, make) => new TokenBucket(make.rate, make.clock), (rate, clock));

        if (bucket.Rate != rate)
        {
            bucket.Become(rate, clock.GetTimestamp());
        }

        return bucket;
    }

    /// <summary>Drops those that are full and of whose owners nothing is open, once nobody is remembered who takes from them: a new one is as good.</summary>
    internal void Sweep()
    {
        var now = clock.GetTimestamp();

        foreach (var (id, bucket) in _buckets)
        {
            if (bucket.FullAt <= now && bucket.Open.IsEmpty)
            {
                _buckets.TryRemove(id, out _);
            }
        }
    }
}
