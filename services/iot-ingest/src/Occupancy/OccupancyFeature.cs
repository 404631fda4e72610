using Coworking.Hosting.OpenApi;
using Coworking.IotIngest.Spaces;

namespace Coworking.IotIngest.Occupancy;

/// <summary>Whether people are in a space, as reservations may rely on it.</summary>
internal static class OccupancyFeature
{
    private static readonly Operation Occupancy = new("Reads whether people are in a space, and on what that rests")
    {
        Gives = """
            {"spaceId":"b6194839-7438-4587-a52e-eeef27d00282","locationId":"cfaa672e-cf6e-4192-8736-254ca954928c","state":"occupied","since":"2026-01-31T09:00:00.000Z","headCount":4,"version":7,
            "evidence":{"sampleCount":6,"lastSampleAt":"2026-01-31T09:01:00.000Z","sensorHealth":"healthy"}}
            """,
        Refuses = [SpaceRefusals.NotFound],
    };

    public static void AddOccupancy(this IServiceCollection services) => services.AddHostedService<OccupancyWatch>();

    public static void MapOccupancy(this IEndpointRouteBuilder api) => api.MapGet("/iot/spaces/{id}/occupancy", GetOccupancy.Handle).Described(Occupancy).WithTags("Occupancy");
}
