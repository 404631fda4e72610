namespace Coworking.IotIngest.Occupancy;

/// <summary>Whether people are in a space, as reservations may rely on it.</summary>
internal static class OccupancyFeature
{
    public static void AddOccupancy(this IServiceCollection services) => services.AddHostedService<OccupancyWatch>();

    public static void MapOccupancy(this IEndpointRouteBuilder api) => api.MapGet("/iot/spaces/{id}/occupancy", GetOccupancy.Handle);
}
