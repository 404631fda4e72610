using Coworking.Hosting.Problems;

namespace Coworking.Reservations.OfficeHours;

/// <summary>Every "no" about office hours.</summary>
internal static class OfficeHoursRefusals
{
    internal static Refusal SpaceNotFound { get; } = new(StatusCodes.Status404NotFound, "space.not_found", "Space not found");

    internal static Refusal NotFound { get; } = new(StatusCodes.Status404NotFound, "office_hours.not_found", "Office hours not found");
}
