using Coworking.Reservations.Spaces;

namespace Coworking.Reservations.Bookings;

/// <summary>The addresses of bookings, and what they do when others change.</summary>
internal static class BookingsFeature
{
    internal static void AddBookings(this IServiceCollection services)
    {
        services.AddScoped<BookingDesk>();
        services.AddScoped<SpaceRelocated>(provider => new BookingsFollowTheirSpace(provider.GetRequiredService<BookingDesk>()).FollowAsync);
    }

    internal static void MapBookings(this IEndpointRouteBuilder api)
    {
        var bookings = api.MapGroup("/bookings").WithTags("Bookings");
        bookings.MapGet("", ListBookings.Handle);
        bookings.MapGet("/{id}", GetBooking.Handle);
        bookings.MapPost("", PlaceBooking.Handle);
        bookings.MapPatch("/{id}", MoveBooking.Handle);
        bookings.MapDelete("/{id}", CancelBooking.Handle);
    }
}
