using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Problems;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Coworking.Reservations.Bookings;

/// <summary>POST /bookings. The database, not this code, decides who wins a race for a slot. With ?dryRun=true it is only judged.</summary>
internal static class PlaceBooking
{
    /// <summary>The answer to a dry run that would have been a booking.</summary>
    internal sealed record Judged(bool Ok, bool DryRun, string Status, DateTimeOffset BlockedFrom, DateTimeOffset BlockedUntil, object[] Violations);

    internal static async Task<Results<Created<BookingRow>, Ok<Judged>, ProblemHttpResult>> Handle(
        BookingDetails request,
        Caller caller,
        HttpContext context,
        ReservationsDb db,
        BookingDesk desk,
        ReservationsMetrics metrics,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        if (request.Read().IsRefused(out var malformed, out var wish))
        {
            return malformed.ToProblem();
        }

        if (!ClientScope.Of(caller).Covers(wish.ClientEmail))
        {
            return BookingRefusals.NotYourEmail.ToProblem();
        }

        var (now, terms) = (clock.GetUtcNow(), new Terms(BookingSources.Api, caller.IsStaff));

        if (QueryValues.Flag(context.Request.Query, "dryRun") is true)
        {
            var judged = await db.RehearseAsync(token => desk.JudgeAsync(wish, terms, now, token), cancellationToken);
            return judged.IsRefused(out var no, out var slot)
                ? (await ExplainAsync(no, db, wish, terms, now, cancellationToken)).ToProblem()
                : TypedResults.Ok(new Judged(
                    Ok: true, DryRun: true, slot.Space.Policy.RequiresApproval ? BookingStatus.Pending : BookingStatus.Confirmed, slot.BlockedFrom, slot.BlockedUntil, []));
        }

        var outcome = await db.DecideAsync(token => desk.PlaceAsync(wish, terms, now, token), cancellationToken, BookingRefusals.SlotContest);

        if (outcome.IsRefused(out var refused, out var booking))
        {
            return (await ExplainAsync(refused, db, wish, terms, now, cancellationToken)).ToProblem();
        }

        metrics.Placed();
        EntityTag.Show(context, booking.Version);
        return TypedResults.Created($"/api/v1/bookings/{booking.Id}", BookingRow.Of(booking));
    }

    // Where more is wrong than the slot, another slot would not help.
    private static async Task<Refusal> ExplainAsync(
        Refusal refusal, ReservationsDb db, BookingWish wish, Terms terms, DateTimeOffset now, CancellationToken cancellationToken) =>
        BookingRefusals.IsSlotTakenOnly(refusal)
            ? BookingRefusals.With(refusal, await Alternatives.FindAsync(db, wish, self: default, terms.MayBePast, now, cancellationToken))
            : refusal;
}
