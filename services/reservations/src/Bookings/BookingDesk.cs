using Coworking.Contracts;
using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Coworking.Reservations.Idempotency;
using Coworking.Reservations.Messaging;

namespace Coworking.Reservations.Bookings;

/// <summary>
/// The one way in which bookings come to be and change: change the booking, say it on the bus, run the steps of other folders, save. Everything happens
/// inside the caller's transaction (ReservationsDb.DecideAsync with BookingRefusals.SlotContest); the desk does not commit.
/// </summary>
internal sealed class BookingDesk(ReservationsDb db, IServiceProvider services)
{
    /// <summary>The slot that a wish would get, locked, or every rule that it breaks.</summary>
    internal Task<Outcome<Slot>> JudgeAsync(BookingWish wish, Terms terms, DateTimeOffset now, CancellationToken cancellationToken, KeyClaim? claim = null) =>
        BookingRules.JudgeAsync(db, wish, self: default, terms.MayBePast, now, cancellationToken, claim);

    /// <summary>Judges by every rule, then places.</summary>
    internal async Task<Outcome<Booking>> PlaceAsync(BookingWish wish, Terms terms, DateTimeOffset now, CancellationToken cancellationToken, KeyClaim? claim = null)
    {
        if ((await JudgeAsync(wish, terms, now, cancellationToken, claim)).IsRefused(out var refusal, out var slot))
        {
            return refusal;
        }

        return await PlaceAsync(wish, slot, terms, now, cancellationToken);
    }

    /// <summary>Places what was judged in this transaction.</summary>
    internal async Task<Booking> PlaceAsync(BookingWish wish, Slot slot, Terms terms, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var booking = Booking.Place(wish, slot, terms, now);
        db.Write(booking);
        db.Say(booking.Placed());
        var happened = booking.Status == BookingStatus.Held ? BookingEvent.Held : BookingEvent.Placed;
        await FinishAsync(new BookingChange(db, booking, happened, Freed: null, Reason: null, now), cancellationToken);
        return booking;
    }

    /// <summary>Judges the result by every rule, then moves. A live booking only, and what its status lets move (<see cref="MoveRules"/>).</summary>
    internal async Task<Outcome<Booking>> MoveAsync(Booking locked, BookingWish wish, Terms terms, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!locked.IsLive)
        {
            return BookingRefusals.Over(locked.Status);
        }

        if (MoveRules.RefuseByStatus(locked, wish) is { } fixedByStatus)
        {
            return fixedByStatus;
        }

        var mayBePast = MoveRules.MayBePast(locked, wish, terms);

        if ((await BookingRules.JudgeAsync(db, wish, locked.Id, mayBePast, now, cancellationToken)).IsRefused(out var refusal, out var slot))
        {
            return refusal;
        }

        if (await MoveRules.RefuseLateAsync(db, locked, wish, slot, terms, now, cancellationToken) is { } tooLate)
        {
            return tooLate;
        }

        var (before, waits, isFree) = (locked.Facts(), MoveRules.Waits(locked, wish, slot, terms, now), MoveRules.NeedsNoApproval(locked, wish, slot));
        var passedOnBy = EmailAddress.Key(wish.ClientEmail) == locked.ClientEmailKey ? null : locked.ClientEmail;
        locked.Move(wish, slot, now);

        if (waits)
        {
            locked.AwaitApproval();
        }
        else if (isFree)
        {
            locked.NeedNoApproval(now);
        }

        db.Say(locked.Moved());
        var change = new BookingChange(db, locked, BookingEvent.Moved, FreedSlot.Of(before, locked, now), Reason: null, now, before, passedOnBy);
        await FinishAsync(change, cancellationToken);
        return locked;
    }

    /// <summary>Follows its space to another location.</summary>
    internal async Task RelocateAsync(Booking locked, Guid locationId, TimeZoneInfo zone, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var before = locked.Facts();
        locked.Relocate(locationId, zone, now);
        db.Say(locked.Moved());
        await FinishAsync(new BookingChange(db, locked, BookingEvent.Moved, Freed: null, Reason: null, now, before), cancellationToken);
    }

    /// <summary>Takes another status by a legal move, else booking.illegal_transition names both.</summary>
    internal async Task<Outcome<Booking>> BecomeAsync(Booking locked, string status, DateTimeOffset now, CancellationToken cancellationToken, string? reason = null)
    {
        if (!BookingStatus.MayBecome(locked.Status, status))
        {
            return BookingRefusals.IllegalTransition(locked.Status, status);
        }

        return await TurnAsync(locked, status, EventOf(locked, status, now), now, reason, cancellationToken);
    }

    /// <summary>Takes a no-show back to confirmed or in_progress. The exclusion constraint objects where the slot is no longer free: lock the space first, and look.</summary>
    internal async Task<Outcome<Booking>> ReinstateAsync(Booking locked, string status, DateTimeOffset now, CancellationToken cancellationToken, string? reason = null)
    {
        if (locked.Status != BookingStatus.NoShow || status is not (BookingStatus.Confirmed or BookingStatus.InProgress))
        {
            return BookingRefusals.IllegalTransition(locked.Status, status);
        }

        return await TurnAsync(locked, status, BookingEvent.Reinstated, now, reason, cancellationToken);
    }

    private async Task<Booking> TurnAsync(
        Booking booking, string status, BookingEvent happened, DateTimeOffset now, string? reason, CancellationToken cancellationToken)
    {
        var before = booking.Facts();
        booking.Become(status, now, reason);
        Say(booking);
        await FinishAsync(new BookingChange(db, booking, happened, FreedSlot.Of(before, booking, now), reason, now), cancellationToken);
        return booking;
    }

    private async Task FinishAsync(BookingChange change, CancellationToken cancellationToken)
    {
        if (change.Previous?.Status != change.Booking.Status)
        {
            db.StatusesTaken.Add(change.Booking.Status);
        }

        if (change.Freed is not null)
        {
            // A step may place a hold in the freed slot; it would meet the old booking there.
            await db.SaveChangesAsync(cancellationToken);
        }

        // Asked for here and not in the constructor: a step may itself need the desk.
        foreach (var step in services.GetServices<BookingStep>())
        {
            await step(change, cancellationToken);
        }

        await db.SaveChangesAsync(cancellationToken);
    }

    private void Say(Booking booking)
    {
        switch (booking.Status)
        {
            case BookingStatus.InProgress:
                db.Say(booking.Started());
                break;
            case BookingStatus.Completed or BookingStatus.NoShow:
                db.Say(booking.Ended());
                break;
            case BookingStatus.Cancelled or BookingStatus.Rejected:
                db.Say(booking.Cancelled());
                break;
            default:
                db.Say(booking.Moved());
                break;
        }
    }

    private static BookingEvent EventOf(Booking booking, string status, DateTimeOffset now) => (booking.Status, status) switch
    {
        (BookingStatus.Held, BookingStatus.Cancelled) when booking.HeldUntil <= now => BookingEvent.Expired,
        (BookingStatus.Pending, BookingStatus.Rejected) when booking.StartTime <= now => BookingEvent.Expired,
        (_, BookingStatus.Confirmed) => BookingEvent.Confirmed,
        (_, BookingStatus.Rejected) => BookingEvent.Rejected,
        (_, BookingStatus.InProgress) => BookingEvent.Started,
        (_, BookingStatus.Completed) => BookingEvent.Completed,
        (_, BookingStatus.NoShow) => BookingEvent.Released,
        _ => BookingEvent.Cancelled,
    };
}
