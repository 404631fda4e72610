namespace Coworking.Hosting.Health;

/// <summary>
/// One answer for all who ask within a second, and one question for all who wait: what is open to everybody and unlimited, as probes have to be, must not become a
/// query for each request.
/// </summary>
internal sealed class OncePerSecond<T>
{
    private static readonly TimeSpan Reuse = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Task<T>? _last;
    private long _askedAt;

    /// <summary>The answer, which may be a second old; an error is one, too.</summary>
    /// <param name="ask">Asks, and gives up by itself: whoever asked first may leave before the others.</param>
    /// <param name="clock">By which a second is measured.</param>
    /// <param name="cancellationToken">Of this caller alone.</param>
    internal Task<T> AskAsync(Func<Task<T>> ask, TimeProvider clock, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_last is null || (_last.IsCompleted && clock.GetElapsedTime(_askedAt) >= Reuse))
            {
                (_last, _askedAt) = (ask(), clock.GetTimestamp());
            }

            return _last.WaitAsync(cancellationToken);
        }
    }
}
