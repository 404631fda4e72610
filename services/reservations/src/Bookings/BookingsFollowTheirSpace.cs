using Coworking.Reservations.Database;
using Coworking.Reservations.Messaging;

namespace Coworking.Reservations.Bookings;

/// <summary>A space that moves to another location takes the bookings to come along; past ones stay where they were.</summary>
internal static class BookingsFollowTheirSpace
{
    internal static async Task Handle(ReservationsDb db, Guid spaceId, Guid locationId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var bookings = await db.LockAsync<Booking>(
            "space_id = {0} and end_time > {1} and status = any ({2}) order by id", cancellationToken, spaceId, now, BookingStatus.Live);

        foreach (var booking in bookings)
        {
            booking.Relocate(locationId, now);
            db.Say(booking.Moved());
        }

        await db.SaveChangesAsync(cancellationToken);
    }
}
