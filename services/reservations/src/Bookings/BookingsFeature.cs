using Coworking.Hosting.Identity;
using Coworking.Reservations.Database;
using Coworking.Reservations.Idempotency;
using Coworking.Reservations.Spaces;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Bookings;

/// <summary>The addresses of bookings, and what they do when others change.</summary>
internal static class BookingsFeature
{
    internal static void AddBookings(this IServiceCollection services)
    {
        services.AddScoped<BookingDesk>();
        services.AddSingleton<BookingsCounted>();
        services.ConfigureDbContext<ReservationsDb>((provider, options) => options.AddInterceptors(provider.GetRequiredService<BookingsCounted>()), ServiceLifetime.Singleton);
        services.AddScoped<SpaceRelocated>(provider => new BookingsFollowTheirSpace(provider.GetRequiredService<BookingDesk>()).FollowAsync);
    }

    internal static void MapBookings(this IEndpointRouteBuilder api)
    {
        var bookings = api.MapGroup("/bookings").WithTags("Bookings");
        bookings.MapGet("", ListBookings.Handle);
        bookings.MapGet("/{id}", GetBooking.Handle);
        bookings.MapPost("", PlaceBooking.Handle).WithMetadata(new KeyClaim.Here());
        bookings.MapPatch("/{id}", MoveBooking.Handle);
        bookings.MapDelete("/{id}", CancelBooking.Handle);
        bookings.MapTurn("confirm", BookingStatus.Confirmed).StaffOnly();
        bookings.MapTurn("reject", BookingStatus.Rejected).StaffOnly();
        bookings.MapTurn("start", BookingStatus.InProgress).StaffOnly();
        bookings.MapTurn("complete", BookingStatus.Completed).StaffOnly();
        bookings.MapTurn("no-show", BookingStatus.NoShow).StaffOnly();
        bookings.MapTurn("cancel", BookingStatus.Cancelled);
    }

    private static RouteHandlerBuilder MapTurn(this RouteGroupBuilder bookings, string verb, string status) =>
        bookings.MapPost($"/{{id}}/{verb}", TurnBooking.Handle).WithMetadata(new TurnBooking.Target(status));
}
