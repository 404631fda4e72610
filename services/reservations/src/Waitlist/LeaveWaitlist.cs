using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Waitlist;

/// <summary>DELETE /waitlist/:id. Whoever is offered a time at the moment gives it to the next.</summary>
internal static class LeaveWaitlist
{
    internal static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        RouteId id, Caller caller, HttpContext context, ReservationsDb db, BookingDesk desk, TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var outcome = await db.DecideAsync<WaitlistEntry>(
            async token =>
            {
                // The booking before the entry, as everyone locks them.
                var held = await db.WaitlistOffers.Where(offer => offer.EntryId == id.Value && offer.Status == WaitlistOffer.Open)
                    .Select(offer => (Guid?)offer.BookingId).SingleOrDefaultAsync(token);
                var hold = held is { } bookingId ? await db.LockBookingAsync(bookingId, token) : null;

                if (await db.LockEntryAsync(id, token) is not { } entry || !ClientScope.Of(caller).Covers(entry.ClientEmail))
                {
                    return WaitlistRefusals.NotFound;
                }

                if (!EntityTag.Matches(context, entry.Version))
                {
                    return WaitlistRefusals.Stale(entry.Version);
                }

                return await LeaveAsync(db, desk, entry, hold, now, token);
            },
            cancellationToken,
            BookingRefusals.SlotContest);

        return outcome.IsRefused(out var refused, out _) ? refused.ToProblem() : TypedResults.NoContent();
    }

    private static async Task<Outcome<WaitlistEntry>> LeaveAsync(
        ReservationsDb db, BookingDesk desk, WaitlistEntry entry, Booking? hold, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (entry.Status is not (WaitlistEntry.Waiting or WaitlistEntry.Offered))
        {
            return WaitlistRefusals.Over;
        }

        if (entry.Status == WaitlistEntry.Offered && hold is null)
        {
            // Offered between the two reads: seen again, the offer is there.
            throw new DbUpdateConcurrencyException("An offer was made to the entry meanwhile");
        }

        entry.Become(WaitlistEntry.Withdrawn, now);
        await db.SaveChangesAsync(cancellationToken);

        if (hold?.Status == BookingStatus.Held
            && (await desk.BecomeAsync(hold, BookingStatus.Cancelled, now, cancellationToken, "the waiter has left the waitlist")).IsRefused(out var refused, out _))
        {
            return refused;
        }

        return entry;
    }
}
