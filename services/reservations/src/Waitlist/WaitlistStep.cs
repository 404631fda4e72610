using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;

namespace Coworking.Reservations.Waitlist;

/// <summary>
/// The named step by which the waitlist takes part in every change of a booking: an offer is answered by what becomes of its hold, whoever changed that,
/// and what a change frees is offered on before it commits, so nobody can come between.
/// </summary>
internal sealed class WaitlistStep(SlotOffers offers)
{
    internal async Task HandleAsync(BookingChange change, CancellationToken cancellationToken)
    {
        if (change.Booking.Source == BookingSources.Waitlist && Answer(change.Event) is { } answer)
        {
            await CloseAsync(change.Db, change.Booking.Id, answer, change.Now, cancellationToken);
        }

        if (change.Freed is { } freed)
        {
            await offers.OfferAsync(freed, change.Now, cancellationToken);
        }
    }

    private static string? Answer(BookingEvent happened) => happened switch
    {
        BookingEvent.Confirmed => WaitlistOffer.Claimed,
        BookingEvent.Expired => WaitlistOffer.Expired,
        BookingEvent.Cancelled => WaitlistOffer.Declined,
        _ => null,
    };

    private static async Task CloseAsync(ReservationsDb db, Guid bookingId, string answer, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await db.LockOpenOfferAsync(bookingId, cancellationToken) is not { } offer)
        {
            return;
        }

        offer.Become(answer, now);

        // Who has left meanwhile stays away; who has let one time pass still waits for others.
        if (await db.LockEntryAsync(offer.EntryId, cancellationToken) is { Status: WaitlistEntry.Offered } entry)
        {
            entry.Become(answer == WaitlistOffer.Claimed ? WaitlistEntry.Served : WaitlistEntry.Waiting, now);
        }
    }
}
