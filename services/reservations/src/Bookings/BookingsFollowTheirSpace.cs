using Coworking.Reservations.Database;
using Coworking.Reservations.Messaging;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Bookings;

/// <summary>A space that moves to another location takes the bookings to come along; past ones stay where they were.</summary>
internal static class BookingsFollowTheirSpace
{
    internal static async Task Handle(ReservationsDb db, Guid spaceId, Guid locationId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var bookings = await db.Bookings
            .FromSql($"select * from bookings where space_id = {spaceId} and end_time > {now} and status = any ({BookingStatus.Live}) order by id for no key update")
            .ToListAsync(cancellationToken);

        foreach (var booking in bookings)
        {
            booking.Relocate(locationId, now);
            db.Say(booking.Moved());
        }

        await db.SaveChangesAsync(cancellationToken);
    }
}
