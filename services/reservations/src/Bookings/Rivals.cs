using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.Reservations.Bookings;

/// <summary>What stands against a wish: the bookings of the same client in that week, and the booking that holds the slot.</summary>
/// <param name="InWeek">Counted bookings of the client in the week, without the one that is judged; 0 where no limit asks.</param>
/// <param name="OnDay">Those of them that start on that day in that location.</param>
/// <param name="Holder">The first booking that overlaps; null where the slot is free.</param>
internal sealed record Rivals(long InWeek, long OnDay, Rivals.Span? Holder)
{
    private const string LockWeek = """
        insert into week_quotas (client_email_key, week_start, locked_at) values ($1, $2, $3)
        on conflict on constraint week_quotas_once_per_client_and_week do update set locked_at = excluded.locked_at
        """;

    // A day lies in one week, so the week's lock makes the count of the day exact too. The day comes as two instants: PostgreSQL need not know the zone,
    // nor agree with .NET about it.
    private const string CountWeek = $"""
        select count(*), count(*) filter (where location_id = $4 and start_time >= $5 and start_time < $6)
        from bookings where client_email_key = $1 and week_start = $2 and id <> $3 and {BookingStatus.Counted}
        """;

    // Materialized, or PostgreSQL walks all bookings of the space in the order of their start to find the first, and a free slot has none.
    private const string FindHolder = $"""
        with holders as materialized (
            select start_time, end_time from bookings
            where space_id = $1 and unit_no = $2 and tstzrange(blocked_from, blocked_until, '[)') && tstzrange($3, $4, '[)')
                and id <> $5 and {BookingStatus.Blocking})
        select start_time, end_time from holders order by start_time limit 1
        """;

    /// <summary>
    /// Locks the client's week, then reads, in one round trip. Statements of a batch each see what was committed when they began, so the count
    /// includes whoever held the lock before. Call it with the space locked: that is the order in which everyone locks both.
    /// </summary>
    /// <param name="db">Within a transaction.</param>
    /// <param name="wish">Who wants what.</param>
    /// <param name="slot">What it comes down to.</param>
    /// <param name="self">The booking that is moved, which is no rival of itself; empty for a new one.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task<Rivals> MeetAsync(
        ReservationsDb db, BookingWish wish, Slot slot, Guid self, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch((NpgsqlConnection)db.Database.GetDbConnection());

        if (!Ask(batch, wish, slot, self, now))
        {
            return new Rivals(0, 0, null);
        }

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadAsync(reader, slot, cancellationToken);
    }

    /// <summary>Adds the statements of <see cref="MeetAsync"/>; false where there is nothing to ask.</summary>
    internal static bool Ask(NpgsqlBatch batch, BookingWish wish, Slot slot, Guid self, DateTimeOffset now)
    {
        var asked = batch.BatchCommands.Count;

        if (slot.Space.Policy.Counts)
        {
            AddCount(batch, wish, slot, self, now);
        }

        // A span that ends before it begins is no range to PostgreSQL; another rule refuses it.
        if (wish.End > wish.Start)
        {
            batch.BatchCommands.Add(new(FindHolder)
            {
                Parameters =
                {
                    new() { Value = slot.Space.Id },
                    new() { Value = Slot.OnlyUnit },
                    new() { Value = slot.BlockedFrom },
                    new() { Value = slot.BlockedUntil },
                    new() { Value = self },
                },
            });
        }

        return batch.BatchCommands.Count > asked;
    }

    /// <summary>Reads what <see cref="Ask"/> has asked for this slot.</summary>
    internal static async Task<Rivals> ReadAsync(NpgsqlDataReader reader, Slot slot, CancellationToken cancellationToken)
    {
        var (inWeek, onDay) = (0L, 0L);

        if (slot.Space.Policy.Counts)
        {
            await reader.ReadAsync(cancellationToken);
            (inWeek, onDay) = (reader.GetInt64(0), reader.GetInt64(1));
            await reader.NextResultAsync(cancellationToken);
        }

        return new Rivals(inWeek, onDay, await reader.ReadAsync(cancellationToken) ? new Span(reader.Instant(0), reader.Instant(1)) : null);
    }

    /// <summary>The rules they make a wish break, in the order in which they are told.</summary>
    internal IEnumerable<Violation> Violations(Slot slot)
    {
        if (Holder is not null)
        {
            yield return BookingRefusals.SlotTaken(Holder.Start, Holder.End);
        }

        if (slot.Space.Policy.WeeklyLimit is { } weekly && InWeek >= weekly)
        {
            yield return BookingRefusals.WeeklyLimit(weekly, InWeek, slot.Week);
        }

        if (slot.Space.Policy.MaxPerDay is { } daily && OnDay >= daily)
        {
            yield return PolicyViolations.DailyLimit(daily, OnDay, slot.StartDay);
        }
    }

    private static void AddCount(NpgsqlBatch batch, BookingWish wish, Slot slot, Guid self, DateTimeOffset now)
    {
        var client = EmailAddress.Key(wish.ClientEmail);
        batch.BatchCommands.Add(new(LockWeek) { Parameters = { new() { Value = client }, new() { Value = slot.Week }, new() { Value = now } } });
        batch.BatchCommands.Add(new(CountWeek)
        {
            Parameters =
            {
                new() { Value = client },
                new() { Value = slot.Week },
                new() { Value = self },
                new() { Value = slot.Space.LocationId },
                new() { Value = StartOf(slot.StartDay, slot) },
                new() { Value = StartOf(slot.StartDay.AddDays(1), slot) },
            },
        });
    }

    private static DateTimeOffset StartOf(DateOnly day, Slot slot) => WallClock.At(day.ToDateTime(TimeOnly.MinValue), slot.Space.Zone);

    internal sealed record Span(DateTimeOffset Start, DateTimeOffset End);
}
