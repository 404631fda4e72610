using System.Security.Cryptography;

namespace Coworking.Gateway.Limits;

/// <summary>Whose bucket it is: an address, an account, a device's key.</summary>
internal readonly record struct BucketKey(ulong A, ulong B);

/// <summary>
/// Buckets of whoever comes, in a table of fixed size. A newcomer to a full set takes the place of the fullest bucket there and what that one
/// had spent: a full bucket is as good as none, and whoever drives out his own gets one that is no better.
/// </summary>
internal sealed class BucketTable
{
    internal const int Ways = 8;

    private readonly Entry?[] _entries;
    private readonly Rate _rate;
    private readonly TimeProvider _clock;
    // Nobody outside can tell which addresses share a set.
    private readonly ulong _seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));

    /// <param name="rate">Of every bucket in it.</param>
    /// <param name="capacity">A power of two, at least eight.</param>
    /// <param name="clock">Whose timestamps are asked with.</param>
    internal BucketTable(Rate rate, int capacity, TimeProvider clock) => (_rate, _entries, _clock) = (rate, new Entry?[capacity], clock);

    internal int Count => _entries.Count(entry => entry is not null);

    internal TokenBucket Of(BucketKey key)
    {
        var start = Start(key);

        while (true)
        {
            var (place, fullest, fullAt) = (start, Volatile.Read(ref _entries[start]), long.MaxValue);

            for (var i = start; i < start + Ways; i++)
            {
                var entry = Volatile.Read(ref _entries[i]);

                if (entry?.Key == key)
                {
                    return entry.Bucket;
                }

                if ((entry?.Bucket.FullAt ?? TokenBucket.Full) is var mark && mark < fullAt)
                {
                    (place, fullest, fullAt) = (i, entry, mark);
                }
            }

            var newcomer = new Entry(key, new TokenBucket(_rate, _clock, fullAt));

            // Lost against another newcomer, who may have the same key: look again.
            if (Interlocked.CompareExchange(ref _entries[place], newcomer, fullest) == fullest)
            {
                return newcomer.Bucket;
            }
        }
    }

    private int Start(BucketKey key)
    {
        // The finalizer of MurmurHash3: every bit of the key and of the seed reaches every bit of the set's number.
        var x = (key.A ^ _seed) + (key.B * 0x9E3779B97F4A7C15);
        x = (x ^ (x >> 33)) * 0xFF51AFD7ED558CCD;
        x = (x ^ (x >> 33)) * 0xC4CEB9FE1A85EC53;
        x ^= x >> 33;
        return (int)(x % (ulong)(_entries.Length / Ways)) * Ways;
    }

    private sealed record Entry(BucketKey Key, TokenBucket Bucket);
}
