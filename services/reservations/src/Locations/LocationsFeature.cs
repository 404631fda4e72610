using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;
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
        locations.MapGet("", ListLocations.Handle).Described(LocationsDescribed.List);
        locations.MapGet("/{id}", GetLocation.Handle).Described(LocationsDescribed.Get);
        locations.MapPost("", RegisterLocation.Handle).Described(LocationsDescribed.Register).AdminOnly();
        locations.MapPatch("/{id}", ChangeLocation.Handle).Described(LocationsDescribed.Change).AdminOnly();
        locations.MapDelete("/{id}", RemoveLocation.Handle).Described(LocationsDescribed.Remove).AdminOnly();
    }
}
