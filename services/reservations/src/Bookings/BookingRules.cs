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
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task<Outcome<Slot>> JudgeAsync(
        ReservationsDb db, BookingWish wish, Guid self, bool mayBePast, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await BookableSpace.LockAsync(db, wish.SpaceId, cancellationToken) is not { } space)
        {
            return wish.End > wish.Start ? BookingRefusals.SpaceNotFound : BookingRefusals.Violated([BookingRefusals.EndBeforeStart(wish)]);
        }

        var slot = Slot.Of(wish, space);
        var rivals = await Rivals.MeetAsync(db, wish, slot, self, now, cancellationToken);
        var violations = SpanRules.Violations(wish, slot, space.Policy, space.Hours, mayBePast, now).Concat(rivals.Violations(slot)).ToList();
        return violations.Count == 0 ? slot : BookingRefusals.Violated(violations);
    }
}
