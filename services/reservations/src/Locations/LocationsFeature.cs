using Coworking.Hosting.Identity;
using Npgsql;

namespace Coworking.Reservations.Locations;

/// <summary>The addresses of locations.</summary>
internal static class LocationsFeature
{
    internal static void AddLocations(this IServiceCollection services) =>
        services.AddSingleton(provider => ListLocations.Reads(provider.GetRequiredService<NpgsqlDataSource>()));

    internal static void MapLocations(this IEndpointRouteBuilder api)
    {
        var locations = api.MapGroup("/locations").WithTags("Locations");
        locations.MapGet("", ListLocations.Handle);
        locations.MapGet("/{id}", GetLocation.Handle);
        locations.MapPost("", RegisterLocation.Handle).AdminOnly();
        locations.MapPatch("/{id}", ChangeLocation.Handle).AdminOnly();
        locations.MapDelete("/{id}", RemoveLocation.Handle).AdminOnly();
    }
}
