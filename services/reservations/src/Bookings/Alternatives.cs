using Coworking.Reservations.Database;

namespace Coworking.Reservations.Bookings;

/// <summary>
/// Up to three slots to offer where one is taken: the same space later and earlier on that day, and spaces of the location that hold as many. Judged by the
/// very rules of placing, without a lock: whoever takes one races for it like anybody else.
/// </summary>
internal static class Alternatives
{
    private const int Most = 3;

    // The space itself and the siblings that come closest in size.
    private const int Considered = 20;

    private const string Spaces = $"""
        select {BookableSpace.Columns} from {BookableSpace.Tables}
        where s.location_id = (select location_id from spaces where id = $1) and s.removed_at is null
            and (s.id = $1 or (s.active and s.bookable and s.capacity >= coalesce($2, (select capacity from spaces where id = $1))))
        order by s.id <> $1, s.capacity, s.name, s.id limit $3
        """;

    private const string Taken = $"""
        select space_id, blocked_from, blocked_until from bookings
        where space_id = any ($1) and unit_no = $2 and tstzrange(blocked_from, blocked_until, '[)') && tstzrange($3, $4, '[)') and {BookingStatus.Blocking} and id <> $5
        order by blocked_from
        """;

    internal sealed record Offer(Guid SpaceId, string SpaceName, DateTimeOffset StartTime, DateTimeOffset EndTime);

    /// <param name="db">Read without a lock, after the decision; a second connection would be waited for while a key holds the first.</param>
    /// <param name="wish">What was refused, for no other reason than that the slot is taken.</param>
    /// <param name="seeker">For whom.</param>
    /// <param name="now">As in the decision.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task<IReadOnlyList<Offer>> FindAsync(
        ReservationsDb db, BookingWish wish, Seeker seeker, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var spaces = await db.ListAsync(
            Spaces, BookableSpace.Read, cancellationToken, wish.SpaceId, wish.Attendees is { } attendees ? attendees : DBNull.Value, Considered);

        if (spaces.Count == 0)
        {
            return [];
        }

        var (from, until) = (wish.Start.AddDays(-2), wish.End.AddDays(2));
        var taken = (await db.ListAsync(
            Taken,
            reader => (Space: reader.GetGuid(0), From: reader.Instant(1), Until: reader.Instant(2)),
            cancellationToken,
            spaces.Select(space => space.Id).ToArray(),
            Slot.OnlyUnit,
            from,
            until,
            seeker.Self)).ToLookup(span => span.Space, span => (span.From, span.Until));

        var space = spaces[0];
        var day = BookingDay.DateIn(space.Zone, wish.Start);
        // The limits of the client's day and week stand as they did for the wish only where the day and the limits are the same.
        var starts = Starts(wish, space, taken[space.Id]).Where(start => BookingDay.DateIn(space.Zone, start) == day).ToList();
        var later = starts.Where(start => start > wish.Start).Order().Select(start => At(wish, space, start));
        var earlier = starts.Where(start => start < wish.Start).OrderDescending().Select(start => At(wish, space, start));
        var siblings = spaces.Skip(1)
            .Where(other => (other.Policy.WeeklyLimit, other.Policy.MaxPerDay) == (space.Policy.WeeklyLimit, space.Policy.MaxPerDay))
            .Select(other => (other, wish with { SpaceId = other.Id }));

        return [.. new[] { later, earlier, siblings }
            .SelectMany((candidates, kind) => candidates.Where(IsFree).Take(kind < 2 ? 1 : Most))
            .Take(Most)
            .Select(found => new Offer(found.Item1.Id, found.Item1.Name, found.Item2.Start, found.Item2.End))];

        bool IsFree((BookableSpace Space, BookingWish Wish) candidate)
        {
            var slot = Slot.Of(candidate.Wish, candidate.Space);
            return slot.BlockedFrom >= from && slot.BlockedUntil <= until
                && !taken[candidate.Space.Id].Any(span => span.From < slot.BlockedUntil && slot.BlockedFrom < span.Until)
                && !SpanRules.Violations(candidate.Wish, slot, candidate.Space.Policy, candidate.Space.Hours, seeker.MayBePast(candidate.Wish), now).Any()
                && seeker.Allows(candidate.Wish, slot);
        }
    }

    // A free slot that lies nearest touches what is taken, or would but for the step.
    private static IEnumerable<DateTimeOffset> Starts(BookingWish wish, BookableSpace space, IEnumerable<(DateTimeOffset From, DateTimeOffset Until)> taken)
    {
        var length = wish.End - wish.Start;
        var step = TimeSpan.FromMinutes(space.Policy.SlotStepMinutes ?? 1);

        foreach (var (from, until) in taken)
        {
            yield return OnStep(until + space.BufferBefore, space.Zone, step, up: true);
            yield return OnStep(from - space.BufferAfter - length, space.Zone, step, up: false);
        }
    }

    private static DateTimeOffset OnStep(DateTimeOffset instant, TimeZoneInfo zone, TimeSpan step, bool up)
    {
        var over = TimeSpan.FromTicks(TimeZoneInfo.ConvertTime(instant, zone).TimeOfDay.Ticks % step.Ticks);
        return over == TimeSpan.Zero ? instant : up ? instant + step - over : instant - over;
    }

    private static (BookableSpace Space, BookingWish Wish) At(BookingWish wish, BookableSpace space, DateTimeOffset start) =>
        (space, wish with { Start = start.ToUniversalTime(), End = (start + (wish.End - wish.Start)).ToUniversalTime() });
}

/// <summary>For whom alternatives are sought.</summary>
/// <param name="Self">The booking that was to be moved, which is no rival of itself; empty for a new one.</param>
/// <param name="MayBePast">Whether a start in the past is no objection to such a wish.</param>
/// <param name="Allows">Whether the booking that was to be moved could be moved there.</param>
internal sealed record Seeker(Guid Self, Func<BookingWish, bool> MayBePast, Func<BookingWish, Slot, bool> Allows)
{
    /// <summary>A booking that is yet to be.</summary>
    internal static Seeker New(bool mayBePast) => new(Guid.Empty, _ => mayBePast, (_, _) => true);
}
