using Coworking.Reservations.Database;

namespace Coworking.Reservations.Bookings;

/// <summary>A space that moves to another location takes the bookings to come along; past ones stay where they were.</summary>
internal sealed class BookingsFollowTheirSpace(BookingDesk desk)
{
    internal async Task FollowAsync(ReservationsDb db, Guid spaceId, Guid locationId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var bookings = await db.LockAsync<Booking>(
            "space_id = {0} and end_time > {1} and status = any ({2}) order by id", cancellationToken, spaceId, now, BookingStatus.Live);

        if (bookings.Count == 0)
        {
            return;
        }

        var zone = await db.ZoneAsync(locationId, cancellationToken);

        foreach (var booking in bookings)
        {
            await desk.RelocateAsync(booking, locationId, zone, now, cancellationToken);
        }
    }
}
