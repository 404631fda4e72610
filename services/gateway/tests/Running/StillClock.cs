namespace Coworking.Gateway.Tests.Running;

/// <summary>A clock that stands still until it is moved, timestamps included; timers run by the real one.</summary>
internal sealed class StillClock : TimeProvider
{
    // Whole milliseconds, as the wire has them: an expiry of exactly now must be possible.
    private long _ticks = System.GetUtcNow().Ticks / TimeSpan.TicksPerMillisecond * TimeSpan.TicksPerMillisecond;

    internal DateTimeOffset Now => GetUtcNow();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    internal void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
}
