namespace Coworking.Reservations.Notifications;

/// <summary>When to try again what nobody took: ten tries over twenty hours, so that a broken night is bridged, and no server that comes back is stormed.</summary>
internal static class Ladder
{
    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(8), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10),
        TimeSpan.FromMinutes(45), TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(12),
    ];

    /// <summary>Tries in all.</summary>
    internal static int Tries => Pauses.Length + 1;

    /// <summary>From the first try to the last.</summary>
    internal static TimeSpan Height { get; } = new(Pauses.Sum(pause => pause.Ticks));

    /// <summary>The pause after this many tries; null where that was the last.</summary>
    internal static TimeSpan? After(int tries) => tries <= Pauses.Length ? Pauses[Math.Max(tries, 1) - 1] : null;
}
