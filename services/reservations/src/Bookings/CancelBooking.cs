using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Coworking.Reservations.Bookings;

/// <summary>DELETE /bookings/:id. Frees the slot and the client's week; the booking stays as history.</summary>
internal static class CancelBooking
{
    internal static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        RouteId id,
        Caller caller,
        HttpContext context,
        ReservationsDb db,
        BookingDesk desk,
        ReservationsMetrics metrics,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var outcome = await db.DecideAsync<Booking>(
            async token =>
            {
                if (await db.LockBookingAsync(id, token) is not { } booking || !ClientScope.Of(caller).Covers(booking.ClientEmail))
                {
                    return BookingRefusals.NotFound;
                }

                if (!EntityTag.Matches(context, booking.Version))
                {
                    return BookingRefusals.Stale(booking.Version);
                }

                return await CancelRule.RefuseAsync(db, booking, caller.IsStaff, now, token) is { } tooLate
                    ? tooLate
                    : await desk.BecomeAsync(booking, BookingStatus.Cancelled, now, token);
            },
            cancellationToken,
            BookingRefusals.SlotContest);

        if (outcome.IsRefused(out var refused, out _))
        {
            return refused.ToProblem();
        }

        metrics.Cancelled();
        return TypedResults.NoContent();
    }
}
