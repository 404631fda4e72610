using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Availability;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.CalendarFeeds;
using Coworking.Reservations.CheckIns;
using Coworking.Reservations.Idempotency;
using Coworking.Reservations.Locations;
using Coworking.Reservations.Messaging;
using Coworking.Reservations.Notifications;
using Coworking.Reservations.OfficeHours;
using Coworking.Reservations.Policies;
using Coworking.Reservations.Series;
using Coworking.Reservations.Spaces;
using Coworking.Reservations.Waitlist;
using Coworking.Reservations.Webhooks;

namespace Coworking.Reservations;

/// <summary>Everything that this service does.</summary>
internal static class ReservationsFeatures
{
    internal static void AddFeatures(this IServiceCollection services, IHostEnvironment environment)
    {
        services.AddSingleton<ReservationsMetrics>();
        services.AddSingleton(new OpenApiSettings("reservations") { Complete = IdempotencyDescribed.Complete });
        services.AddBus();
        services.AddLocations();
        services.AddSpaces();
        services.AddBookings();
        services.AddCheckIns();
        services.AddWaitlist();
        services.AddIdempotency();
        services.AddNotifications();
        services.AddWebhooks(environment);
    }

    internal static void MapFeatures(this IEndpointRouteBuilder api)
    {
        api.MapLocations();
        api.MapSpaces();
        api.MapOfficeHours();
        api.MapBookings();
        api.MapCheckIns();
        api.MapSeries();
        api.MapWaitlist();
        api.MapAvailability();
        api.MapCalendarFeeds();
        api.MapPolicies();
        api.MapWebhooks();
        api.MapRepublish();
    }
}
