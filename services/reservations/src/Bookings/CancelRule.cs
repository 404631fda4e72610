using Coworking.Hosting.Problems;
using Coworking.Reservations.Database;
using Coworking.Reservations.Policies;

namespace Coworking.Reservations.Bookings;

/// <summary>Until when a client may give up what is confirmed, by cancelling or by moving it away; staff may at any time, and what was never confirmed may be withdrawn at any time.</summary>
internal static class CancelRule
{
    internal static async Task<Refusal?> RefuseAsync(ReservationsDb db, Booking booking, bool isStaff, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (isStaff || booking.Status is not (BookingStatus.Confirmed or BookingStatus.InProgress))
        {
            return null;
        }

        var policy = await EffectivePolicy.OfSpaceAsync(db, booking.SpaceId, cancellationToken);
        return policy.CancelUntilMinutes is { } minutes && now > booking.StartTime.AddMinutes(-minutes) ? BookingRefusals.CancelTooLate(minutes) : null;
    }
}
