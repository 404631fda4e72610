using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Locations;

namespace Coworking.Reservations.Spaces;

/// <summary>The addresses of spaces, and what they do when others change.</summary>
internal static class SpacesFeature
{
    internal static void AddSpaces(this IServiceCollection services) => services.AddSingleton<ZoneChanged>(SpacesFollowTheirZone.Handle);

    internal static void MapSpaces(this IEndpointRouteBuilder api)
    {
        var spaces = api.MapGroup("/spaces").WithTags("Spaces");
        spaces.MapGet("", ListSpaces.Handle).Described(SpacesDescribed.List);
        spaces.MapGet("/{id}", GetSpace.Handle).Described(SpacesDescribed.Get);
        spaces.MapPost("", RegisterSpace.Handle).Described(SpacesDescribed.Register).AdminOnly();
        spaces.MapPatch("/{id}", ChangeSpace.Handle).Described(SpacesDescribed.Change).AdminOnly();
        spaces.MapDelete("/{id}", RemoveSpace.Handle).Described(SpacesDescribed.Remove).AdminOnly();
    }
}
