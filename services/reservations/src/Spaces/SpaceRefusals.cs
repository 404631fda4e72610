using Coworking.Hosting.Problems;

namespace Coworking.Reservations.Spaces;

/// <summary>Every "no" about spaces.</summary>
internal static class SpaceRefusals
{
    internal static Refusal NotFound { get; } = new(StatusCodes.Status404NotFound, "space.not_found", "Space not found");

    internal static Refusal LocationNotFound { get; } = new(StatusCodes.Status404NotFound, "location.not_found", "Location not found");

    internal static Refusal HasBookings { get; } =
        new(StatusCodes.Status409Conflict, "space.has_bookings", "Cannot delete space — it has active reservations");
}
