using Coworking.Hosting.OpenApi;

namespace Coworking.Reservations.Availability;

/// <summary>The addresses of free time.</summary>
internal static class AvailabilityFeature
{
    internal static void MapAvailability(this IEndpointRouteBuilder api)
    {
        api.MapGet("/spaces/{id}/availability", ListFreeSlots.Handle).Described(AvailabilityDescribed.Slots).WithTags("Availability");
        api.MapGet("/availability", FindSpaces.Handle).Described(AvailabilityDescribed.Spaces).WithTags("Availability");
    }
}
