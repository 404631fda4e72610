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
    // Two clients of one number merely wait for each other. One lock for all weeks of a series: PostgreSQL has room for some thousands of these.
    private const string Number = "hashtextextended('bookings of ' || client, 0)";

    private const string LockClients = $"select no, pg_advisory_xact_lock({Number}) from unnest($1) with ordinality as w (client, no)";

    private const string LockFreeClients = $"select no from unnest($1) with ordinality as w (client, no) where pg_try_advisory_xact_lock({Number})";

    // A text of its own is planned apart: a group's plans are made by its own settings.
    private const string OfGroup = " -- of a group";

    // The day comes as two instants: PostgreSQL need not know the zone, nor agree with .NET about it.
    private const string CountWeeks = $"""
        select no, in_week, on_day
        from unnest($1, $2, $3, $4, $5, $6) with ordinality as w (client, week, self, location, day_from, day_until, no) cross join lateral (
            select count(*) as in_week, count(*) filter (where location_id = location and start_time >= day_from and start_time < day_until) as on_day
            from bookings where client_email_key = client and week_start = week and id <> self and {BookingStatus.Counted}) as counted
        """;

    // Materialized, or PostgreSQL walks all bookings of the space in the order of their start to find the first, and a free slot has none.
    private const string FindHolders = $"""
        select no, start_time, end_time
        from unnest($1, $2, $3, $4) with ordinality as w (space, span_from, span_until, self, no) cross join lateral (
            with holders as materialized (
                select start_time, end_time from bookings
                where space_id = space and unit_no = $5 and tstzrange(blocked_from, blocked_until, '[)') && tstzrange(span_from, span_until, '[)')
                    and id <> self and {BookingStatus.Blocking})
            select start_time, end_time from holders order by start_time limit 1) as holder
        """;

    /// <summary>
    /// Locks the client, then reads, in one round trip. Statements of a batch each see what was committed when they began, so the count
    /// includes whoever held the lock before. Call it with the space locked: that is the order in which everyone locks both.
    /// </summary>
    /// <param name="db">Within a transaction.</param>
    /// <param name="question">Who wants what.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task<Rivals> MeetAsync(ReservationsDb db, Question question, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch((NpgsqlConnection)db.Database.GetDbConnection());

        if (!Ask(batch, [question]))
        {
            return new Rivals(0, 0, null);
        }

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return (await ReadAsync(reader, [question], cancellationToken))[0]!;
    }

    /// <summary>Adds the statements of <see cref="MeetAsync"/> for one or several; false where there is nothing to ask.</summary>
    /// <param name="batch">Asks.</param>
    /// <param name="questions">Each of a client and a space of its own.</param>
    /// <param name="waits">Whether to wait for a client whom somebody else has locked; else its rivals are read as null.</param>
    internal static bool Ask(NpgsqlBatch batch, IReadOnlyList<Question> questions, bool waits = true)
    {
        var asked = batch.BatchCommands.Count;

        if (questions.Where(one => one.Counts).ToList() is { Count: > 0 } counted)
        {
            AddCounts(batch, counted, waits);
        }

        if (questions.Where(one => one.Lasts).ToList() is { Count: > 0 } lasting)
        {
            batch.BatchCommands.Add(new(waits ? FindHolders : FindHolders + OfGroup)
            {
                Parameters =
                {
                    new() { Value = lasting.Select(one => one.Slot.Space.Id).ToArray() },
                    new() { Value = lasting.Select(one => one.Slot.BlockedFrom).ToArray() },
                    new() { Value = lasting.Select(one => one.Slot.BlockedUntil).ToArray() },
                    new() { Value = lasting.Select(one => one.Self).ToArray() },
                    new() { Value = Slot.OnlyUnit },
                },
            });
        }

        return batch.BatchCommands.Count > asked;
    }

    /// <summary>Reads what <see cref="Ask"/> has asked for these, in their order; null where the client is locked by somebody else.</summary>
    internal static async Task<Rivals?[]> ReadAsync(NpgsqlDataReader reader, IReadOnlyList<Question> questions, CancellationToken cancellationToken)
    {
        var rivals = questions.Select(one => one.Counts ? null : new Rivals(0, 0, null)).ToArray();

        if (Places(questions, one => one.Counts) is { Length: > 0 } counted)
        {
            var ours = new HashSet<long>();

            while (await reader.ReadAsync(cancellationToken))
            {
                ours.Add(reader.GetInt64(0));
            }

            await reader.NextResultAsync(cancellationToken);

            while (await reader.ReadAsync(cancellationToken))
            {
                var number = reader.GetInt64(0);
                rivals[counted[number - 1]] = ours.Contains(number) ? new Rivals(reader.GetInt64(1), reader.GetInt64(2), null) : null;
            }

            await reader.NextResultAsync(cancellationToken);
        }

        if (Places(questions, one => one.Lasts) is { Length: > 0 } lasting)
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                ref var met = ref rivals[lasting[reader.GetInt64(0) - 1]];
                met = met is null ? null : met with { Holder = new Span(reader.Instant(1), reader.Instant(2)) };
            }
        }

        return rivals;
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

    private static int[] Places(IReadOnlyList<Question> questions, Func<Question, bool> asks) => [.. Enumerable.Range(0, questions.Count).Where(i => asks(questions[i]))];

    private static void AddCounts(NpgsqlBatch batch, List<Question> counted, bool waits)
    {
        var (clients, weeks) = (counted.Select(one => one.Client).ToArray(), counted.Select(one => one.Slot.Week).ToArray());
        batch.BatchCommands.Add(new(waits ? LockClients : LockFreeClients) { Parameters = { new() { Value = clients } } });
        batch.BatchCommands.Add(new(waits ? CountWeeks : CountWeeks + OfGroup)
        {
            Parameters =
            {
                new() { Value = clients },
                new() { Value = weeks },
                new() { Value = counted.Select(one => one.Self).ToArray() },
                new() { Value = counted.Select(one => one.Slot.Space.LocationId).ToArray() },
                new() { Value = counted.Select(one => one.StartOf(days: 0)).ToArray() },
                new() { Value = counted.Select(one => one.StartOf(days: 1)).ToArray() },
            },
        });
    }

    internal sealed record Span(DateTimeOffset Start, DateTimeOffset End);

    /// <summary>Whose rivals are asked for.</summary>
    /// <param name="Wish">Who wants what.</param>
    /// <param name="Slot">What it comes down to.</param>
    /// <param name="Self">The booking that is moved, which is no rival of itself; empty for a new one.</param>
    internal sealed record Question(BookingWish Wish, Slot Slot, Guid Self)
    {
        internal string Client { get; } = EmailAddress.Key(Wish.ClientEmail);

        internal bool Counts => Slot.Space.Policy.Counts;

        // A span that ends before it begins is no range to PostgreSQL; another rule refuses it.
        internal bool Lasts => Wish.End > Wish.Start;

        internal DateTimeOffset StartOf(int days) => WallClock.At(Slot.StartDay.AddDays(days).ToDateTime(TimeOnly.MinValue), Slot.Space.Zone);
    }
}
