using System.ComponentModel.DataAnnotations;
using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Problems;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Coworking.Reservations.Bookings;

/// <summary>POST /bookings/:id/confirm, reject, start, complete, cancel and no-show. One move of the status machine each.</summary>
internal static class TurnBooking
{
    /// <summary>The status to which an address leads.</summary>
    internal sealed record Target(string Status);

    internal sealed record Request(
        [property: StringLength(500)] string? Reason);

    internal static async Task<Results<Ok<BookingRow>, ProblemHttpResult>> Handle(
        RouteId id,
        Request? request,
        Caller caller,
        HttpContext context,
        ReservationsDb db,
        BookingDesk desk,
        ReservationsMetrics metrics,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var fields = new FieldErrors();
        var reason = fields.Text("reason", request?.Reason, 500);

        if (fields.Refusal is { } malformed)
        {
            return malformed.ToProblem();
        }

        var (now, status) = (clock.GetUtcNow(), context.GetEndpoint()!.Metadata.GetRequiredMetadata<Target>().Status);
        var outcome = await db.DecideAsync<BookingRow>(
            async token =>
            {
                if (await db.LockAnyBookingAsync(id, token) is not { } booking || !ClientScope.Of(caller).Covers(booking.ClientEmail))
                {
                    return BookingRefusals.NotFound;
                }

                if (!EntityTag.Matches(context, booking.Version))
                {
                    return BookingRefusals.Stale(booking.Version);
                }

                return await TurnAsync(db, desk, booking, status, caller, reason, now, token) is { } refusal ? refusal : await BookingRow.OfAsync(booking, db, token);
            },
            cancellationToken,
            BookingRefusals.SlotContest);

        if (outcome.IsRefused(out var refused, out var row))
        {
            return refused.ToProblem();
        }

        if (status == BookingStatus.Cancelled)
        {
            metrics.Cancelled();
        }

        EntityTag.Show(context, row.Version);
        return TypedResults.Ok(row);
    }

    /// <summary>Makes the move where the caller may; else says why not.</summary>
    internal static async Task<Refusal?> TurnAsync(
        ReservationsDb db, BookingDesk desk, Booking booking, string status, Caller caller, string? reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (status != BookingStatus.Cancelled && !caller.IsStaff)
        {
            return BookingRefusals.StaffOnly;
        }

        if (status == BookingStatus.Cancelled && await CancelRule.RefuseAsync(db, booking, caller.IsStaff, now, cancellationToken) is { } tooLate)
        {
            return tooLate;
        }

        return (await desk.BecomeAsync(booking, status, now, cancellationToken, reason)).Refusal;
    }
}
