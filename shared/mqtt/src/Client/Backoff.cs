namespace Coworking.Mqtt;

/// <summary>The waits between attempts: doubling from 200 ms to 10 s, each cut by up to a half at random so that a fleet does not come back as one.</summary>
internal sealed class Backoff
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Last = TimeSpan.FromSeconds(10);

    /// <summary>A connection that lived this long has proved itself. A shorter one is an attempt that failed: two clients that fight for one id must slow down.</summary>
    private static readonly TimeSpan Proof = TimeSpan.FromSeconds(5);

    private TimeSpan _next = First;

    public TimeSpan Next(TimeSpan lived)
    {
        if (lived >= Proof)
        {
            _next = First;
        }

        var wait = _next * (0.5 + (Random.Shared.NextDouble() / 2));
        _next = _next * 2 < Last ? _next * 2 : Last;
        return wait;
    }
}
