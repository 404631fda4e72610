namespace Coworking.Reservations.Availability;

/// <summary>The addresses of free time.</summary>
internal static class AvailabilityFeature
{
    internal static void MapAvailability(this IEndpointRouteBuilder api)
    {
        api.MapGet("/spaces/{id}/availability", ListFreeSlots.Handle).WithTags("Availability");
        api.MapGet("/availability", FindSpaces.Handle).WithTags("Availability");
    }
}
