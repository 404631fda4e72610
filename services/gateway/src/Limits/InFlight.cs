namespace Coworking.Gateway.Limits;

/// <summary>What one caller has open at the moment: requests to services, and streams apart from them, which stay open by design.</summary>
internal sealed class InFlight
{
    private int _requests;
    private int _streams;

    internal bool IsEmpty => Volatile.Read(ref _requests) == 0 && Volatile.Read(ref _streams) == 0;

    /// <summary>True where there is room; then, and only then, it has to be left again.</summary>
    internal bool TryEnter(bool isStream, int most)
    {
        if (Interlocked.Increment(ref Count(isStream)) <= most)
        {
            return true;
        }

        Leave(isStream);
        return false;
    }

    internal void Leave(bool isStream) => Interlocked.Decrement(ref Count(isStream));

    private ref int Count(bool isStream) => ref isStream ? ref _streams : ref _requests;
}
