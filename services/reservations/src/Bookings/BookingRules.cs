using Coworking.Reservations.Database;

namespace Coworking.Reservations.Bookings;

/// <summary>Every rule that a booking must keep, new or moved, in the order in which violations are told.</summary>
internal static class BookingRules
{
    /// <summary>The slot, locked for this transaction and free of objections, or the refusal that names every violated rule.</summary>
    /// <param name="db">Within a transaction.</param>
    /// <param name="wish">What is wanted.</param>
    /// <param name="self">The booking that is moved; empty for a new one.</param>
    /// <param name="mayBePast">True where a start in the past is no objection.</param>
    /// <param name="policy">The limits.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task<Outcome<Slot>> JudgeAsync(
        ReservationsDb db, BookingWish wish, Guid self, bool mayBePast, ReservationsOptions policy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await BookableSpace.LockAsync(db, wish.SpaceId, cancellationToken) is not { } space)
        {
            return wish.End > wish.Start ? BookingRefusals.SpaceNotFound : BookingRefusals.Violated([BookingRefusals.EndBeforeStart(wish)]);
        }

        var slot = Slot.Of(wish, space);
        var rivals = await Rivals.MeetAsync(db, wish, slot, self, now, cancellationToken);
        var violations = Violations(wish, slot, rivals, mayBePast, policy, now).ToList();
        return violations.Count == 0 ? slot : BookingRefusals.Violated(violations);
    }

    private static IEnumerable<Violation> Violations(BookingWish wish, Slot slot, Rivals rivals, bool mayBePast, ReservationsOptions policy, DateTimeOffset now)
    {
        if (wish.End <= wish.Start)
        {
            yield return BookingRefusals.EndBeforeStart(wish);
        }

        if (slot.StartDay < slot.Day)
        {
            yield return BookingRefusals.BeforeBookingDate(slot);
        }

        if (wish.Start < now && !mayBePast)
        {
            yield return BookingRefusals.InPast(wish, now);
        }

        if (wish.End - wish.Start > TimeSpan.FromDays(policy.MaxDays))
        {
            yield return BookingRefusals.TooLong(wish, policy.MaxDays);
        }

        if (wish.Attendees > slot.Space.Capacity)
        {
            yield return BookingRefusals.TooManyAttendees(slot.Space, wish.Attendees.Value);
        }

        if (!slot.Space.Active)
        {
            yield return BookingRefusals.SpaceInactive;
        }

        if (!slot.Space.Bookable)
        {
            yield return BookingRefusals.SpaceNotBookable;
        }

        if (rivals.Holder is { } holder)
        {
            yield return BookingRefusals.SlotTaken(holder.Start, holder.End);
        }

        if (rivals.Counted >= policy.WeeklyLimit)
        {
            yield return BookingRefusals.WeeklyLimit(policy.WeeklyLimit, rivals.Counted, slot.Week);
        }
    }
}
