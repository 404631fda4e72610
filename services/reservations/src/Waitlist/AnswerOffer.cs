using Coworking.Hosting.Problems;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Waitlist;

/// <summary>
/// POST /waitlist/offers/:token/claim and /decline. The token is all that is asked for. A claim confirms, also where the space asks for approval: who
/// stood in the queue was let in by it, and a hold has no way to pending.
/// </summary>
internal static class AnswerOffer
{
    internal static Task<IResult> Claim(
        string token, HttpContext context, ReservationsDb db, BookingDesk desk, TimeProvider clock, CancellationToken cancellationToken) =>
        AnswerAsync(token, BookingStatus.Confirmed, context, db, desk, clock, cancellationToken);

    internal static Task<IResult> Decline(
        string token, HttpContext context, ReservationsDb db, BookingDesk desk, TimeProvider clock, CancellationToken cancellationToken) =>
        AnswerAsync(token, BookingStatus.Cancelled, context, db, desk, clock, cancellationToken);

    private static async Task<IResult> AnswerAsync(
        string token,
        string status,
        HttpContext context,
        ReservationsDb db,
        BookingDesk desk,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        OfferPage.KeepSecret(context);
        var outcome = OfferToken.Parse(token) is { } secret
            ? await db.DecideAsync(decision => DecideAsync(db, desk, secret, status, clock.GetUtcNow(), decision), cancellationToken, BookingRefusals.SlotContest)
            : WaitlistRefusals.OfferNotFound;
        var isPage = OfferPage.IsWanted(context.Request);

        if (outcome.IsRefused(out var refused, out _))
        {
            return isPage ? OfferPage.Refused(refused, context) : refused.ToProblem();
        }

        var offer = (await OfferRow.FindAsync(db, OfferToken.Parse(token)!, cancellationToken))!;
        return !isPage ? TypedResults.Ok(offer) : status == BookingStatus.Confirmed ? OfferPage.Claimed(offer, context) : OfferPage.Declined(context);
    }

    private static async Task<Outcome<Booking>> DecideAsync(
        ReservationsDb db, BookingDesk desk, OfferToken token, string status, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await db.WaitlistOffers.AsNoTracking().SingleOrDefaultAsync(offer => offer.TokenHash == token.Hash, cancellationToken) is not { } seen)
        {
            return WaitlistRefusals.OfferNotFound;
        }

        var hold = await db.LockBookingAsync(seen.BookingId, cancellationToken);
        // Under the lock of its booking an offer stands still: who comes second sees what the first has answered.
        var offer = await db.WaitlistOffers.AsNoTracking().SingleAsync(row => row.Id == seen.Id, cancellationToken);

        if (WaitlistRefusals.Answered(offer.Status, offer.HeldUntil, now) is { } refusal)
        {
            return refusal;
        }

        return hold is null
            ? WaitlistRefusals.OfferExpired
            : await desk.BecomeAsync(hold, status, now, cancellationToken, status == BookingStatus.Cancelled ? "declined by the waiter" : null);
    }
}
