using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Coworking.Reservations.Waitlist;

/// <summary>Offers what has become free to those who wait, in their order, until nothing is left of it or nobody fits; within the transaction that frees it.</summary>
internal sealed class SlotOffers(ReservationsDb db, BookingDesk desk, IEnumerable<OfferMade> listeners, IOptions<ReservationsOptions> options)
{
    // Whoever is refused on so many days is refused by a limit of its own, and each try is round trips with the space locked.
    private const int MostDays = 14;

    internal async Task OfferAsync(FreedSlot freed, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // For most of what is freed nobody waits: one read says so, and the space is not locked for it.
        if (await QueueAsync(freed, cancellationToken) is not { Count: > 0 } queue)
        {
            return;
        }

        // With the space locked two who free something there come one after the other: each sees what the other has given away.
        if (await BookableSpace.LockAsync(db, freed.SpaceId, cancellationToken) is not { Bookable: true, Active: true } space)
        {
            return;
        }

        // Read once for all, and anew only when one of them has been given some of it: whoever frees a time waits for this.
        var busy = await Busy.AroundAsync(db, freed, space, queue, cancellationToken);

        foreach (var next in queue)
        {
            if (Busy.Covers(busy, freed))
            {
                return;
            }

            if (await TryOfferAsync(next, freed, space, [.. busy.Where(one => one.IsFor(next))], now, cancellationToken))
            {
                busy = await Busy.AroundAsync(db, freed, space, queue, cancellationToken);
            }
        }
    }

    private async Task<bool> TryOfferAsync(
        WaitlistEntry next, FreedSlot freed, BookableSpace space, List<Busy> busy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var starts = FittingStarts.Of(next, freed, space, busy, now).Where(start => IsAllowed(Wish(next, start, space), space, now));

        // What starts on one day the limits of day and week judge alike, so one of each is asked for.
        foreach (var start in starts.DistinctBy(start => BookingDay.DateIn(space.Zone, start)).Take(MostDays))
        {
            // Under its lock an entry is offered one thing at a time, also where two spaces become free at once.
            if (await db.LockEntryAsync(next.Id, cancellationToken) is not { Status: WaitlistEntry.Waiting } entry)
            {
                return false;
            }

            var heldUntil = HeldUntil(start, now);
            var terms = new Terms(BookingSources.Waitlist, MayBePast: false, BookingStatus.Held, HeldUntil: heldUntil);

            if (!(await desk.PlaceAsync(Wish(entry, start, space), terms, now, cancellationToken)).IsRefused(out _, out var hold))
            {
                await MakeAsync(entry, hold, heldUntil, now, cancellationToken);
                return true;
            }
        }

        return false;
    }

    private async Task MakeAsync(WaitlistEntry entry, Booking hold, DateTimeOffset heldUntil, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var token = OfferToken.New();
        db.WaitlistOffers.Add(WaitlistOffer.Make(entry, hold, token, heldUntil, now));
        entry.Become(WaitlistEntry.Offered, now);
        var link = $"{options.Value.PublicUrl.TrimEnd('/')}/api/v1/waitlist/offers/{token.Text}";

        foreach (var listener in listeners)
        {
            await listener(db, new MadeOffer(entry.Id, hold, heldUntil, link, now), cancellationToken);
        }

        await db.SaveChangesAsync(cancellationToken);
    }

    private Task<List<WaitlistEntry>> QueueAsync(FreedSlot freed, CancellationToken cancellationToken) => db.WaitlistEntries
        .FromSql($"""
            select w.* from waitlist_entries w join spaces s on s.id = {freed.SpaceId}
            where w.status = 'waiting' and (w.space_id = s.id or w.location_id = s.location_id) and coalesce(w.attendees, 1) <= s.capacity
                and w.from_time < {freed.Until} + make_interval(mins => s.buffer_before_minutes)
                and w.to_time > {freed.From} - make_interval(mins => s.buffer_after_minutes)
            """)
        .AsNoTracking()
        .OrderByDescending(entry => entry.Priority)
        .ThenBy(entry => entry.Place)
        .ToListAsync(cancellationToken);

    private static bool IsAllowed(BookingWish wish, BookableSpace space, DateTimeOffset now) =>
        !SpanRules.Violations(wish, Slot.Of(wish, space), space.Policy, space.Hours, mayBePast: false, now).Any();

    private static BookingWish Wish(WaitlistEntry entry, DateTimeOffset start, BookableSpace space)
    {
        _ = BookingDay.TryParse(BookingDay.Text(BookingDay.DateIn(space.Zone, start)), out var day);
        return new BookingWish(
            space.Id, entry.ClientEmail, day, start, start.AddMinutes(entry.Minutes), entry.ClientName, Company: null, Phone: null, Inquiry: null, entry.Attendees);
    }

    private DateTimeOffset HeldUntil(DateTimeOffset start, DateTimeOffset now)
    {
        var until = now.AddMinutes(options.Value.HoldMinutes);
        // Answers carry milliseconds: what is kept is what the waiter is told.
        return until < start ? until.AddTicks(-(until.Ticks % TimeSpan.TicksPerMillisecond)) : start;
    }
}
