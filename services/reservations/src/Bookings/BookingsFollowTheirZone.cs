using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Bookings;

/// <summary>
/// A booking counts for the week of its start on the wall of its location. Where that clock is set right, the bookings that may still be counted follow it;
/// whoever has more of them in a week than the rule allows keeps them.
/// </summary>
internal static class BookingsFollowTheirZone
{
    // Those of the running week count too, on whatever side of the earth it began.
    private static readonly TimeSpan StillCounted = TimeSpan.FromDays(9);

    /// <summary>Goes behind the locks of the location's spaces: what was placed before them is seen, and what waits for them will see the new zone.</summary>
    internal static async Task FollowAsync(ReservationsDb db, Guid locationId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var zone = await db.ZoneAsync(locationId, cancellationToken);
        var bookings = await db.LockAsync<Booking>(
            $"location_id = {{0}} and start_time > {{1}} and {BookingStatus.Counted} order by id", cancellationToken, locationId, now - StillCounted);
        bookings.ForEach(booking => booking.CountIn(zone));
        await db.SaveChangesAsync(cancellationToken);
    }

    internal static async Task<TimeZoneInfo> ZoneAsync(this ReservationsDb db, Guid locationId, CancellationToken cancellationToken) =>
        Zones.Find(await db.Locations.Where(location => location.Id == locationId).Select(location => location.Timezone).SingleAsync(cancellationToken));
}
