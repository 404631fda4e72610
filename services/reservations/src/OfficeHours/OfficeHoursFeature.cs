using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;

namespace Coworking.Reservations.OfficeHours;

/// <summary>The addresses of office hours. They stand below /iot for the clients' sake, but are the space's.</summary>
internal static class OfficeHoursFeature
{
    internal static void MapOfficeHours(this IEndpointRouteBuilder api)
    {
        var hours = api.MapGroup("/iot/spaces/{id}/office-hours").WithTags("Office hours");
        hours.MapGet("", GetOfficeHours.Handle).Described(OfficeHoursDescribed.Get);
        hours.MapPut("", SetOfficeHours.Handle).Described(OfficeHoursDescribed.Set).AdminOnly();
    }
}
