using System.Collections.Concurrent;
using Coworking.Reservations.Database;
using Coworking.Reservations.Idempotency;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.Reservations.Bookings;

/// <summary>Every rule that a booking must keep, new or moved, in the order in which violations are told.</summary>
internal static class BookingRules
{
    // What each space was like when it was booked last; only a guess of what to ask, so it may be as old as it likes. As many as there are spaces.
    private static readonly ConcurrentDictionary<Guid, BookableSpace> Seen = new();

    /// <summary>The slot, locked for this transaction and free of objections, or the refusal that names every violated rule.</summary>
    /// <param name="db">Within a transaction.</param>
    /// <param name="wish">What is wanted.</param>
    /// <param name="self">The booking that is moved; empty for a new one.</param>
    /// <param name="mayBePast">True where a start in the past is no objection.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="claim">Taken with the first question; where it is refused, that question fails.</param>
    internal static async Task<Outcome<Slot>> JudgeAsync(
        ReservationsDb db, BookingWish wish, Guid self, bool mayBePast, DateTimeOffset now, CancellationToken cancellationToken, KeyClaim? claim = null)
    {
        var (slot, rivals) = await LockAsync(db, wish, self, now, claim, cancellationToken);

        if (slot is null)
        {
            return wish.End > wish.Start ? BookingRefusals.SpaceNotFound : BookingRefusals.Violated([BookingRefusals.EndBeforeStart(wish)]);
        }

        var (space, met) = (slot.Space, rivals ?? await Rivals.MeetAsync(db, wish, slot, self, now, cancellationToken));
        var violations = SpanRules.Violations(wish, slot, space.Policy, space.Hours, mayBePast, now).Concat(met.Violations(slot)).ToList();
        return violations.Count == 0 ? slot : BookingRefusals.Violated(violations);
    }

    /// <summary>
    /// Locks the space and, in the same round trip, meets the rivals that there are if it still is as it was seen last: which week and which span to ask
    /// for depends on its zone and its buffers. Null rivals: it has changed, or was not seen before, and they are to be met now.
    /// </summary>
    private static async Task<(Slot? Slot, Rivals? Rivals)> LockAsync(
        ReservationsDb db, BookingWish wish, Guid self, DateTimeOffset now, KeyClaim? claim, CancellationToken cancellationToken)
    {
        var guess = Seen.TryGetValue(wish.SpaceId, out var seen) ? Slot.Of(wish, seen) : null;
        await using var batch = new NpgsqlBatch((NpgsqlConnection)db.Database.GetDbConnection());
        claim?.Ask(batch);
        BookableSpace.AskLocked(batch, wish.SpaceId);
        var asked = guess is not null && Rivals.Ask(batch, wish, guess, self, now);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);

        if (await BookableSpace.ReadLockedAsync(reader, cancellationToken) is not { } space)
        {
            Seen.TryRemove(wish.SpaceId, out _);
            return (null, null);
        }

        var slot = Slot.Of(wish, Seen[wish.SpaceId] = space);

        if (!asked || !guess!.AsksAs(slot))
        {
            return (slot, null);
        }

        await reader.NextResultAsync(cancellationToken);
        return (slot, await Rivals.ReadAsync(reader, slot, cancellationToken));
    }
}
