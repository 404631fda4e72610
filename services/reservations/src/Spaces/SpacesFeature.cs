using Coworking.Hosting.Identity;
using Coworking.Reservations.Locations;

namespace Coworking.Reservations.Spaces;

/// <summary>The addresses of spaces, and what they do when others change.</summary>
internal static class SpacesFeature
{
    internal static void AddSpaces(this IServiceCollection services) => services.AddSingleton<ZoneChanged>(SpacesFollowTheirZone.Handle);

    internal static void MapSpaces(this IEndpointRouteBuilder api)
    {
        var spaces = api.MapGroup("/spaces").WithTags("Spaces");
        spaces.MapGet("", ListSpaces.Handle);
        spaces.MapGet("/{id}", GetSpace.Handle);
        spaces.MapPost("", RegisterSpace.Handle).AdminOnly();
        spaces.MapPatch("/{id}", ChangeSpace.Handle).AdminOnly();
        spaces.MapDelete("/{id}", RemoveSpace.Handle).AdminOnly();
    }
}
