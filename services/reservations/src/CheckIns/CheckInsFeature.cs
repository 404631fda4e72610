using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;

namespace Coworking.Reservations.CheckIns;

/// <summary>The addresses of checking in, and what time does to bookings.</summary>
internal static class CheckInsFeature
{
    internal static void AddCheckIns(this IServiceCollection services)
    {
        services.AddScoped<SensorCheckIn>();
        services.AddHostedService<NoShows>();
        services.AddHostedService<Completions>();
        services.AddHostedService<Lapses>();
    }

    internal static void MapCheckIns(this IEndpointRouteBuilder api)
    {
        var bookings = api.MapGroup("/bookings/{id}").WithTags("Check-in");
        bookings.MapPost("/check-in", CheckIn.Handle).Described(CheckInsDescribed.Come);
        bookings.MapPost("/undo-release", UndoRelease.Handle).Described(CheckInsDescribed.Undo).AdminOnly();
    }
}
