namespace Coworking.Gateway.Limits;

/// <summary>Where a request is open. Counted apart: who waits for a service that hangs goes on at the other, and streams stay open by design.</summary>
internal enum OpenAt
{
    /// <summary>Reservations, and whatever else is routed to.</summary>
    Services,

    IotIngest,

    Streams,
}

/// <summary>What one caller has open at the moment at each of these.</summary>
internal sealed class InFlight
{
    private int _services;
    private int _iotIngest;
    private int _streams;

    internal bool IsEmpty => Volatile.Read(ref _services) == 0 && Volatile.Read(ref _iotIngest) == 0 && Volatile.Read(ref _streams) == 0;

    /// <summary>True where there is room; then, and only then, it has to be left again.</summary>
    internal bool TryEnter(OpenAt at, int most)
    {
        if (Interlocked.Increment(ref Count(at)) <= most)
        {
            return true;
        }

        Leave(at);
        return false;
    }

    internal void Leave(OpenAt at) => Interlocked.Decrement(ref Count(at));

    private ref int Count(OpenAt at) => ref at == OpenAt.Streams ? ref _streams : ref at == OpenAt.IotIngest ? ref _iotIngest : ref _services;
}
