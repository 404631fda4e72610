using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Problems;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Coworking.Reservations.Policies;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Coworking.Reservations.CheckIns;

/// <summary>POST /bookings/:id/check-in. The client has come; who says it a second time, or after the sensor, is told the same.</summary>
internal static class CheckIn
{
    internal static async Task<Results<Ok<BookingRow>, ProblemHttpResult>> Handle(
        RouteId id,
        Caller caller,
        HttpContext context,
        ReservationsDb db,
        BookingDesk desk,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var outcome = await db.DecideAsync<BookingRow>(
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

                if (booking.Status != BookingStatus.InProgress && await TryAsync(db, desk, booking, caller, now, token) is { } refusal)
                {
                    return refusal;
                }

                return await BookingRow.OfAsync(booking, db, token);
            },
            cancellationToken);

        if (outcome.IsRefused(out var refused, out var row))
        {
            return refused.ToProblem();
        }

        EntityTag.Show(context, row.Version);
        return TypedResults.Ok(row);
    }

    private static async Task<Refusal?> TryAsync(
        ReservationsDb db, BookingDesk desk, Booking booking, Caller caller, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (booking.Status != BookingStatus.Confirmed)
        {
            return BookingRefusals.IllegalTransition(booking.Status, BookingStatus.InProgress);
        }

        var window = Window.Of(booking, (await EffectivePolicy.OfSpaceAsync(db, booking.SpaceId, cancellationToken)).CheckIn);

        if (!window.IsOpen(now))
        {
            return now < window.Opens ? CheckInRefusals.TooEarly(window) : CheckInRefusals.TooLate(window.End);
        }

        booking.CheckIn(caller.IsStaff ? CheckInSources.Staff : CheckInSources.Client, evidence: null, now);
        return (await desk.BecomeAsync(booking, BookingStatus.InProgress, now, cancellationToken)).Refusal;
    }
}
