using Coworking.Hosting.Problems;

namespace Coworking.Reservations.Availability;

/// <summary>Every "no" about free time.</summary>
internal static class AvailabilityRefusals
{
    internal static Refusal SpaceNotFound { get; } = new(StatusCodes.Status404NotFound, "space.not_found", "Space not found");
}
