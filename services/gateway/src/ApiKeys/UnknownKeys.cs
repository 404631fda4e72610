namespace Coworking.Gateway.ApiKeys;

/// <summary>
/// Keys that the database did not know, in a table of fixed size: a newcomer takes the place of whoever had the same slot, so that
/// any number of invented keys costs the same memory. Losing a slot costs one question to the database, nothing else.
/// </summary>
internal sealed class UnknownKeys(TimeProvider clock)
{
    /// <summary>A power of two; about half a mebibyte when full.</summary>
    internal const int Capacity = 8192;

    // A key made while the listening connection was down is let in after this long at most, even if the reconnect is slow.
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(60);

    private readonly Slot?[] _slots = new Slot?[Capacity];

    internal int Count => _slots.Count(slot => slot is not null);

    internal bool Contains(KeyHash hash) =>
        Volatile.Read(ref SlotOf(hash)) is { } slot && slot.Hash == hash && clock.GetElapsedTime(slot.At) < Memory;

    internal void Add(KeyHash hash) => Volatile.Write(ref SlotOf(hash), new Slot(hash, clock.GetTimestamp()));

    internal void Remove(KeyHash hash)
    {
        ref var slot = ref SlotOf(hash);

        if (Volatile.Read(ref slot)?.Hash == hash)
        {
            Volatile.Write(ref slot, null);
        }
    }

    internal void Clear() => Array.Clear(_slots);

    private ref Slot? SlotOf(KeyHash hash) => ref _slots[(int)(hash.B % Capacity)];

    // A reference, so that a slot is replaced in one piece.
    private sealed record Slot(KeyHash Hash, long At);
}
