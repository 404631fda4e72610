using System.Collections.Concurrent;
using Coworking.Reservations.Database;
using Coworking.Reservations.Idempotency;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.Reservations.Bookings;

/// <summary>Every rule that a booking must keep, new or moved, in the order in which violations are told.</summary>
internal static class BookingRules
{
    // How long a group waits for what nobody locks by these rules: a table that is being changed, or a row of SQL that takes no lock. And all that it asks
    // are looks into an index, planned once: for arrays PostgreSQL would plan anew each time, which took longer than to run what was planned.
    private const string Manners = """
        select set_config('lock_timeout', '50ms', true), set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)
        """;

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

        return Judge(wish, slot, rivals ?? await Rivals.MeetAsync(db, new(wish, slot, self), cancellationToken), mayBePast, now);
    }

    /// <summary>
    /// The same for new bookings, each of a space, a client and a key of its own, in one round trip that waits for none of them. Null for one that
    /// is to be judged apart: its space or its client is locked by somebody else, the space is gone or no longer as it was seen last, or its key is not ours.
    /// </summary>
    internal static async Task<Outcome<Slot>?[]> JudgeAsync(ReservationsDb db, IReadOnlyList<Placing> group, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await MeetSpacesAsync(db, [.. group.Select(one => one.Wish.SpaceId).Where(id => !Seen.ContainsKey(id))], cancellationToken);
        var (judged, places) = (new Outcome<Slot>?[group.Count], new List<int>());
        var questions = new List<Rivals.Question>();

        for (var i = 0; i < group.Count; i++)
        {
            if (Seen.TryGetValue(group[i].Wish.SpaceId, out var seen))
            {
                places.Add(i);
                questions.Add(new(group[i].Wish, Slot.Of(group[i].Wish, seen), Self: default));
            }
        }

        if (questions.Count == 0)
        {
            return judged;
        }

        var claims = places.Select(i => group[i].Claim).OfType<KeyClaim>().ToList();
        await using var batch = new NpgsqlBatch((NpgsqlConnection)db.Database.GetDbConnection()) { BatchCommands = { new(Manners) } };

        if (claims.Count > 0)
        {
            KeyClaim.Ask(batch, claims, now);
        }

        BookableSpace.AskFree(batch, [.. questions.Select(one => one.Wish.SpaceId)]);
        Rivals.Ask(batch, questions, waits: false);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var taken = claims.Count > 0 ? await KeyClaim.ReadTakenAsync(reader, claims, cancellationToken) : [];
        var spaces = await BookableSpace.ReadFreeAsync(reader, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var rivals = await Rivals.ReadAsync(reader, questions, cancellationToken);

        for (var i = 0; i < questions.Count; i++)
        {
            judged[places[i]] = JudgeOne(group[places[i]], questions[i].Slot, rivals[i]);
        }

        return judged;

        Outcome<Slot>? JudgeOne(Placing one, Slot guess, Rivals? met) =>
            met is not null
            && (one.Claim is null || taken.Contains(one.Claim))
            && spaces.TryGetValue(one.Wish.SpaceId, out var space)
            && Slot.Of(one.Wish, Seen[space.Id] = space) is var slot && guess.AsksAs(slot)
                ? Judge(one.Wish, slot, met, one.Terms.MayBePast, one.Now)
                : default(Outcome<Slot>?);
    }

    /// <summary>Sees spaces that were not booked since the start, without a lock.</summary>
    private static async Task MeetSpacesAsync(ReservationsDb db, Guid[] ids, CancellationToken cancellationToken)
    {
        if (ids.Length > 0)
        {
            await using var batch = new NpgsqlBatch((NpgsqlConnection)db.Database.GetDbConnection()) { BatchCommands = { new(Manners) } };
            BookableSpace.Ask(batch, ids);
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            await reader.NextResultAsync(cancellationToken);

            foreach (var space in await BookableSpace.ReadAllAsync(reader, cancellationToken))
            {
                Seen[space.Id] = space;
            }
        }
    }

    private static Outcome<Slot> Judge(BookingWish wish, Slot slot, Rivals met, bool mayBePast, DateTimeOffset now)
    {
        var violations = SpanRules.Violations(wish, slot, slot.Space.Policy, slot.Space.Hours, mayBePast, now).Concat(met.Violations(slot)).ToList();
        return violations.Count == 0 ? slot : BookingRefusals.Violated(violations);
    }

    /// <summary>
    /// Locks the space and, in the same round trip, meets the rivals that there are if it still is as it was seen last: which week and which span to ask
    /// for depends on its zone and its buffers. Null rivals: it has changed, or was not seen before, and they are to be met now.
    /// </summary>
    private static async Task<(Slot? Slot, Rivals? Rivals)> LockAsync(
        ReservationsDb db, BookingWish wish, Guid self, DateTimeOffset now, KeyClaim? claim, CancellationToken cancellationToken)
    {
        var guess = Seen.TryGetValue(wish.SpaceId, out var seen) ? new Rivals.Question(wish, Slot.Of(wish, seen), self) : null;
        await using var batch = new NpgsqlBatch((NpgsqlConnection)db.Database.GetDbConnection());
        claim?.Ask(batch);
        BookableSpace.AskLocked(batch, wish.SpaceId);
        var asked = guess is not null && Rivals.Ask(batch, [guess]);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);

        if (await BookableSpace.ReadLockedAsync(reader, cancellationToken) is not { } space)
        {
            Seen.TryRemove(wish.SpaceId, out _);
            return (null, null);
        }

        var slot = Slot.Of(wish, Seen[wish.SpaceId] = space);

        if (!asked || !guess!.Slot.AsksAs(slot))
        {
            return (slot, null);
        }

        await reader.NextResultAsync(cancellationToken);
        return (slot, (await Rivals.ReadAsync(reader, [guess], cancellationToken))[0]!);
    }
}
