using Coworking.Hosting.Problems;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Policies;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Coworking.Reservations.Waitlist;

/// <summary>Offers what has become free to those who wait, in their order, until nothing is left of it or nobody fits.</summary>
internal sealed class SlotOffers(IServiceProvider services, IOptions<ReservationsOptions> options)
{
    /// <summary>Within the transaction that frees the slot.</summary>
    internal async Task OfferAsync(ReservationsDb db, FreedSlot freed, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Most of what is freed nobody waits for: one read says so, and the space is not locked for it.
        if (freed.Until <= now || await QueueAsync(db, freed, cancellationToken) is not { Count: > 0 } queue)
        {
            return;
        }

        // What is read and judged from here on must see the slot free.
        await db.SaveChangesAsync(cancellationToken);

        // With the space locked two who free something there come one after the other: each sees what the other has given away.
        if (await BookableSpace.LockAsync(db, freed.SpaceId, cancellationToken) is not { Bookable: true, Active: true } space)
        {
            return;
        }

        var policy = await EffectivePolicy.OfSpaceAsync(db, space.Id, cancellationToken);

        foreach (var next in queue.Where(next => next.Attendees is null || next.Attendees <= space.Capacity))
        {
            await OfferAsync(db, next, freed, space, policy, now, cancellationToken);
        }
    }

    private static Task<List<WaitlistEntry>> QueueAsync(ReservationsDb db, FreedSlot freed, CancellationToken cancellationToken) => db.WaitlistEntries
        .FromSql($"""
            select w.* from waitlist_entries w join spaces s on s.id = {freed.SpaceId}
            where w.status = 'waiting' and (w.space_id = s.id or w.location_id = s.location_id)
                and w.from_time < {freed.Until} + make_interval(mins => s.buffer_before_minutes) and w.to_time > {freed.From} - make_interval(mins => s.buffer_after_minutes)
            """)
        .AsNoTracking()
        .OrderByDescending(entry => entry.Priority)
        .ThenBy(entry => entry.Place)
        .ToListAsync(cancellationToken);

    private async Task OfferAsync(
        ReservationsDb db, WaitlistEntry next, FreedSlot freed, BookableSpace space, Policy policy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var busy = await BusyAsync(db, next, freed, space, cancellationToken);
        var starts = FittingStarts.Of(next, freed, space, busy, policy.SlotStepMinutes, now);

        // Rules of the day or the week refuse all starts of a day alike, so one is asked for each: a slot is free for fourteen days at most.
        foreach (var day in starts.GroupBy(start => BookingDay.DateIn(space.Zone, start)))
        {
            // Under its lock an entry is offered one thing at a time, also where two spaces become free at once.
            if (await db.LockEntryAsync(next.Id, cancellationToken) is not { Status: WaitlistEntry.Waiting } entry)
            {
                return;
            }

            if (await HoldAsync(entry, day, space, now, cancellationToken) is { } hold)
            {
                await TellAsync(db, entry, hold, now, cancellationToken);
                return;
            }
        }
    }
}
