namespace Coworking.Gateway.Limits;

/// <summary>
/// A token bucket in one number: the moment at which it is full again (GCRA, as ATM's policers do it). Taking a token moves that moment
/// on by the time of one token; one compare-and-swap, no timer, nothing to refill, and exact however many take at once.
/// </summary>
internal sealed class TokenBucket
{
    /// <summary>Long before any moment: the mark of a bucket from which nobody took.</summary>
    internal const long Full = long.MinValue / 2;

    private readonly long _second;
    private Rate _rate;
    private long _perToken;
    private long _depth;
    private long _fullAt;

    /// <param name="rate">What it holds and what flows in.</param>
    /// <param name="clock">Whose timestamps it is asked with.</param>
    /// <param name="fullAt">When it is full, if it is not now.</param>
    internal TokenBucket(Rate rate, TimeProvider clock, long fullAt = Full)
    {
        _second = clock.TimestampFrequency;
        _fullAt = fullAt;
        Set(rate);
    }

    internal Rate Rate => _rate;

    /// <summary>What its owner has open; here, because this is what all that is the same owner shares.</summary>
    internal InFlight Open { get; } = new();

    internal long FullAt => Volatile.Read(ref _fullAt);

    /// <summary>From now on another rate: as many as are missing now are missing then.</summary>
    internal void Become(Rate rate, long now)
    {
        var missing = Math.Max(0, FullAt - now) / (double)_perToken;
        Set(rate);
        Volatile.Write(ref _fullAt, now + (long)(missing * _perToken));
    }

    internal bool TryTake(long now)
    {
        var fullAt = Volatile.Read(ref _fullAt);

        while (true)
        {
            var next = Math.Max(fullAt, now) + _perToken;

            if (next - now > _depth)
            {
                return false;
            }

            var seen = Interlocked.CompareExchange(ref _fullAt, next, fullAt);

            if (seen == fullAt)
            {
                return true;
            }

            fullAt = seen;
        }
    }

    /// <summary>True where a request would be refused now; takes nothing.</summary>
    internal bool IsEmpty(long now) => FullAt + _perToken - now > _depth;

    /// <summary>True where less than half is left: the time to tell the client.</summary>
    internal bool IsRunningLow(long now) => FullAt - now > _depth / 2;

    internal int Remaining(long now) => (int)Math.Clamp((_depth - (FullAt - now)) / _perToken, 0, _rate.Burst);

    /// <summary>Whole seconds until a request would be taken again, at least one.</summary>
    internal long RetryAfter(long now) => Math.Max(1, Seconds(FullAt + _perToken - _depth - now));

    /// <summary>Whole seconds until it is full.</summary>
    internal long Reset(long now) => Seconds(FullAt - now);

    private long Seconds(long time) => Math.Max(0, (time + _second - 1) / _second);

    private void Set(Rate rate)
    {
        _rate = rate;
        _perToken = Math.Max(1, ((60 * _second) + (rate.PerMinute / 2)) / rate.PerMinute);
        _depth = rate.Burst * _perToken;
    }
}
