using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Database;
using Coworking.Reservations.Idempotency;
using Coworking.Reservations.Locations;
using Coworking.Reservations.Spaces;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Bookings;

/// <summary>The addresses of bookings, and what they do when others change.</summary>
internal static class BookingsFeature
{
    // Behind those of spaces, whose locks it needs.
    internal static void AddBookings(this IServiceCollection services)
    {
        services.AddScoped<BookingDesk>();
        services.AddSingleton<PlacingGroups>();
        services.AddSingleton<BookingsCounted>();
        services.ConfigureDbContext<ReservationsDb>((provider, options) => options.AddInterceptors(provider.GetRequiredService<BookingsCounted>()), ServiceLifetime.Singleton);
        services.AddSingleton<ZoneChanged>(BookingsFollowTheirZone.FollowAsync);
        services.AddScoped<SpaceRelocated>(provider => new BookingsFollowTheirSpace(provider.GetRequiredService<BookingDesk>()).FollowAsync);
    }

    internal static void MapBookings(this IEndpointRouteBuilder api)
    {
        var bookings = api.MapGroup("/bookings").WithTags("Bookings");
        bookings.MapGet("", ListBookings.Handle).Described(BookingsDescribed.List);
        bookings.MapGet("/{id}", GetBooking.Handle).Described(BookingsDescribed.Get);
        bookings.MapPost("", PlaceBooking.Handle).WithMetadata(new KeyClaim.Here()).Described(BookingsDescribed.Place);
        bookings.MapPatch("/{id}", MoveBooking.Handle).Described(BookingsDescribed.Move);
        bookings.MapDelete("/{id}", CancelBooking.Handle).Described(BookingsDescribed.Cancel);
        bookings.MapTurn("confirm", BookingStatus.Confirmed).StaffOnly().Described(BookingsDescribed.Turn("ConfirmBooking", "Confirms a booking that waits for approval"));
        bookings.MapTurn("reject", BookingStatus.Rejected).StaffOnly().Described(BookingsDescribed.Turn("RejectBooking", "Rejects a booking that waits for approval"));
        bookings.MapTurn("start", BookingStatus.InProgress).StaffOnly().Described(BookingsDescribed.Turn("StartBooking", "Starts a booking: the client has come"));
        bookings.MapTurn("complete", BookingStatus.Completed).StaffOnly().Described(BookingsDescribed.Turn("CompleteBooking", "Completes a booking: the client has left"));
        bookings.MapTurn("no-show", BookingStatus.NoShow).StaffOnly().Described(BookingsDescribed.Turn("MarkNoShow", "Tells that the client has not come"));
        bookings.MapTurn("cancel", BookingStatus.Cancelled)
            .Described(BookingsDescribed.Turn("CancelBookingWithReason", "Cancels a booking and says why", BookingRefusals.CancelTooLate(60)));
    }

    private static RouteHandlerBuilder MapTurn(this RouteGroupBuilder bookings, string verb, string status) =>
        bookings.MapPost($"/{{id}}/{verb}", TurnBooking.Handle).WithMetadata(new TurnBooking.Target(status));
}
