using Coworking.Hosting.Http;
using Coworking.Hosting.Problems;
using Coworking.Reservations.Database;

namespace Coworking.Reservations.Bookings;

/// <summary>What of a booking stands fast while it lives, and what a move gives up. The rules for the result are those of every booking.</summary>
internal static class MoveRules
{
    /// <summary>
    /// Whoever has come has come to that space, at that start: moved, it would pass by approval, release and reminders. A hold is what its offer says, and
    /// only the waiter's answer changes that. For everybody, staff included.
    /// </summary>
    internal static Refusal? RefuseByStatus(Booking locked, BookingWish wish)
    {
        var isOtherClient = EmailAddress.Key(wish.ClientEmail) != locked.ClientEmailKey;
        var isOther = isOtherClient || (wish.SpaceId, wish.Start) != (locked.SpaceId, locked.StartTime);
        return locked.Status switch
        {
            BookingStatus.InProgress when isOther => BookingRefusals.Running,
            BookingStatus.Held when isOther || wish.End != locked.EndTime => BookingRefusals.OnHold,
            _ => null,
        };
    }

    /// <summary>True where the move must wait for approval: else whoever may not book it without would book elsewhere and move.</summary>
    internal static bool Waits(Booking locked, BookingWish wish, Slot slot, Terms terms, DateTimeOffset now) =>
        AsksApproval(locked, wish, slot, terms) && wish.Start > now;

    /// <summary>True where what waited for approval goes where nobody asks for it: there it would wait until it lapses.</summary>
    internal static bool NeedsNoApproval(Booking locked, BookingWish wish, Slot slot) =>
        locked.Status == BookingStatus.Pending && !slot.Space.Policy.RequiresApproval && !(KeepsItsStart(locked, wish) && wish.End == locked.EndTime);

    /// <summary>Why a move comes too late for the one who makes it; null where it does not.</summary>
    internal static async Task<Refusal?> RefuseLateAsync(
        ReservationsDb db, Booking locked, BookingWish wish, Slot slot, Terms terms, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (IsTooLateForApproval(locked, wish, slot, terms, now))
        {
            return BookingRefusals.TooLateForApproval;
        }

        return GivesUp(locked, wish, slot, terms, now) ? await CancelRule.RefuseAsync(db, locked, terms.MayBePast, now, cancellationToken) : null;
    }

    /// <summary>What may be offered instead of a move that was refused: what the booking's own state would not refuse, and not the place that it has.</summary>
    internal static async Task<Seeker> SeekerAsync(ReservationsDb db, Booking booking, Terms terms, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var mayGiveUp = await CancelRule.RefuseAsync(db, booking, terms.MayBePast, now, cancellationToken) is null;
        return new Seeker(booking.Id, wish => MayBePast(booking, wish, terms), Allows);

        bool Allows(BookingWish wish, Slot slot) =>
            !(KeepsItsStart(booking, wish) && wish.End == booking.EndTime)
            && RefuseByStatus(booking, wish) is null
            && !IsTooLateForApproval(booking, wish, slot, terms, now)
            && (mayGiveUp || !GivesUp(booking, wish, slot, terms, now));
    }

    /// <summary>A start that stays where it is was judged when it was made: a running booking may be given a later end.</summary>
    internal static bool MayBePast(Booking booking, BookingWish wish, Terms terms) => terms.MayBePast || wish.Start == booking.StartTime;

    // What waits at its start lapses at once: whoever sits there approved keeps it, whoever would begin elsewhere unapproved does not.
    private static bool IsTooLateForApproval(Booking locked, BookingWish wish, Slot slot, Terms terms, DateTimeOffset now) =>
        AsksApproval(locked, wish, slot, terms) && wish.Start <= now && !KeepsItsStart(locked, wish);

    // Else whoever may no longer cancel would move out of reach first; what waits for approval again could be withdrawn at any time as well.
    private static bool GivesUp(Booking locked, BookingWish wish, Slot slot, Terms terms, DateTimeOffset now) =>
        !KeepsItsStart(locked, wish) || (wish.End < locked.EndTime && locked.StartTime > now) || Waits(locked, wish, slot, terms, now);

    private static bool AsksApproval(Booking locked, BookingWish wish, Slot slot, Terms terms) =>
        locked.Status == BookingStatus.Confirmed && !terms.MayBePast && slot.Space.Policy.RequiresApproval && !(KeepsItsStart(locked, wish) && wish.End == locked.EndTime);

    private static bool KeepsItsStart(Booking locked, BookingWish wish) => (wish.SpaceId, wish.Start) == (locked.SpaceId, locked.StartTime);
}
