namespace Coworking.IotIngest.Readings;

/// <summary>One sample of one space, as it is kept. A value type: the hot path makes none of these on the heap.</summary>
internal struct Reading
{
    public int SpaceKey;

    /// <summary>Device time, microseconds since 1970.</summary>
    public long At;

    /// <summary>64 bits of the metrics: with space and time the identity of the reading.</summary>
    public long Digest;

    public MetricValues Values;

    /// <summary>Bit per metric that the device sent.</summary>
    public byte Present;

    public bool? PowerOk;
    public bool? DoorOpen;

    public readonly bool Has(int metric) => (Present & (1 << metric)) != 0;

    public void Set(int metric, int value)
    {
        Values[metric] = value;
        Present |= (byte)(1 << metric);
    }

    /// <summary>Same metrics, same digest, in every process and for ever: it is part of a primary key.</summary>
    public void Seal()
    {
        // splitmix64's constants; a multiply and a shift per value spread neighbours over all 64 bits.
        var hash = 0x9E3779B97F4A7C15UL ^ Present;
        // Flags beside the bits of presence, never over them: else different metrics could begin alike.
        hash = Mix(hash ^ ((ulong)Flag(PowerOk) << 10) ^ ((ulong)Flag(DoorOpen) << 8));

        for (var metric = 0; metric < Metric.Count; metric++)
        {
            if (Has(metric))
            {
                hash = Mix(hash ^ (uint)Values[metric]);
            }
        }

        Digest = (long)hash;
    }

    private static uint Flag(bool? flag) => flag is null ? 0u : flag.Value ? 2u : 1u;

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return x ^ (x >> 31);
    }
}

/// <summary>By space, device time and digest: the order of the primary key, in which replicas cannot deadlock one another.</summary>
internal sealed class KeyOrder : IComparer<Reading>
{
    public static readonly KeyOrder Instance = new();

    public int Compare(Reading x, Reading y)
    {
        var bySpace = x.SpaceKey.CompareTo(y.SpaceKey);
        var byTime = bySpace != 0 ? bySpace : x.At.CompareTo(y.At);
        return byTime != 0 ? byTime : x.Digest.CompareTo(y.Digest);
    }
}
