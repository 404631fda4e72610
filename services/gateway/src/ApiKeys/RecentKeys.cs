using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Coworking.Gateway.ApiKeys;

/// <summary>
/// Keys that came lately, by their text: to hash a key costs more than all else at the gate (ADR 0042). A table of fixed size in which a newcomer takes the
/// place of whoever had the same slot; any change of any key makes all of it worthless at once. A key that somebody found in the ring just before it was taken out
/// there may be noted under a count that stays good: it says of itself that it is stale.
/// </summary>
internal sealed class RecentKeys
{
    /// <summary>A power of two; about a mebibyte when full.</summary>
    internal const int Capacity = 4096;

    private readonly Slot?[] _slots = new Slot?[Capacity];

    /// <param name="text">As it was presented.</param>
    /// <param name="changes">How many changes of keys have been heard of so far.</param>
    internal KnownKey? Find(string text, long changes) =>
        Volatile.Read(ref SlotOf(text)) is { } slot && slot.Changes == changes && !slot.Key.IsStale && CryptographicOperations.FixedTimeEquals(Bytes(slot.Text), Bytes(text)) ? slot.Key : null;

    /// <param name="text">As it was presented.</param>
    /// <param name="key">What it is.</param>
    /// <param name="changes">Read before the key was looked up, so that a change meanwhile makes this worthless.</param>
    internal void Add(string text, KnownKey key, long changes) => Volatile.Write(ref SlotOf(text), new Slot(text, key, changes));

    // The hash of a string is keyed anew in every process: nobody outside can choose a slot.
    private ref Slot? SlotOf(string text) => ref _slots[text.GetHashCode(StringComparison.Ordinal) & (Capacity - 1)];

    private static ReadOnlySpan<byte> Bytes(string text) => MemoryMarshal.AsBytes(text.AsSpan());

    // A reference, so that a slot is replaced in one piece.
    private sealed record Slot(string Text, KnownKey Key, long Changes);
}
