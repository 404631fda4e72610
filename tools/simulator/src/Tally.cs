namespace Coworking.Simulator;

/// <summary>What has happened so far; shared by every device.</summary>
internal sealed class Tally(long? limit, TimeProvider clock)
{
    private readonly long _began = clock.GetTimestamp();
    private long _started;
    private long _sent;
    private long _acknowledged;
    private long _errors;

    public long Sent => Interlocked.Read(ref _sent);

    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    public long Errors => Interlocked.Read(ref _errors);

    public TimeSpan Elapsed => clock.GetElapsedTime(_began);

    public bool IsExhausted => limit is { } most && Interlocked.Read(ref _started) >= most;

    /// <summary>Takes one reading out of those that may be sent.</summary>
    public bool TryStart() => limit is not { } most || Interlocked.Increment(ref _started) <= most;

    public void CountSent() => Interlocked.Increment(ref _sent);

    public void CountAcknowledged() => Interlocked.Increment(ref _acknowledged);

    public void CountError() => Interlocked.Increment(ref _errors);
}
