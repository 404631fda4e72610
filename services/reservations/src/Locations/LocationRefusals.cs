using Coworking.Hosting.Problems;

namespace Coworking.Reservations.Locations;

/// <summary>Every "no" about locations.</summary>
internal static class LocationRefusals
{
    internal static Refusal NotFound { get; } = new(StatusCodes.Status404NotFound, "location.not_found", "Location not found");

    internal static Refusal HasSpaces { get; } = new(StatusCodes.Status409Conflict, "location.has_spaces", "Cannot delete location — it has spaces");
}
