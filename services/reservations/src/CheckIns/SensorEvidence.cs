using System.Text.Json;
using Coworking.Hosting.Json;
using Coworking.Reservations.Occupancies;

namespace Coworking.Reservations.CheckIns;

/// <summary>When people in a space are the ones who booked it. Pure.</summary>
internal static class SensorEvidence
{
    /// <summary>
    /// Whoever came after the one before had to be gone, and either since the window opened or still now that the booking runs, is taken for its client.
    /// Whoever sits there since before may be the meeting that overruns: only the end of the grace decides about them.
    /// </summary>
    /// <param name="known">What is known of the space.</param>
    /// <param name="window">Of the booking that is the only one it can be.</param>
    /// <param name="previousEnd">End of the booking before it; null where there is none.</param>
    /// <param name="now">The present.</param>
    internal static bool IsOfClient(SpaceOccupancy known, Window window, DateTimeOffset? previousEnd, DateTimeOffset now) =>
        known is { State: SpaceOccupancy.Occupied, IsSound: true }
        && now - known.AsOf <= NoShowJudge.MaxAge
        && window.IsOpen(now)
        && (previousEnd is null || known.Since >= previousEnd)
        && (now >= window.Start || known.Since >= window.Opens);

    /// <summary>What is kept with the booking of why it was judged so.</summary>
    internal static string Text(string reason, SpaceOccupancy? known, DateTimeOffset now) => JsonSerializer.Serialize(new { reason, judgedAt = now, occupancy = known }, JsonSetup.Wire);
}
