using System.Buffers.Binary;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Npgsql;

namespace Coworking.Reservations.Availability;

/// <summary>What bookings hold of spaces, with the buffers that they were made with, in one read.</summary>
internal static class TakenTime
{
    private const int BytesOfInstant = sizeof(long);

    private static readonly DateTimeOffset PostgresEpoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // By the constraint's own expression, so that its index answers.
    private const string OfSpace = $"""
        select blocked_from, blocked_until from bookings
        where space_id = $1 and unit_no = 1 and tstzrange(blocked_from, blocked_until, '[)') && tstzrange($2, $3, '[)') and {BookingStatus.Blocking}
        order by blocked_from
        """;

    // A row for a space, its spans packed: 50,000 rows cost twice the CPU of both ends, arrays of timestamptz one and a half times, and sorting here spills to disk.
    private const string OfSpaces = $"""
        select space.id, taken.spans from unnest($1) as space (id) cross join lateral (
            select string_agg(timestamptz_send(blocked_from) || timestamptz_send(blocked_until), '') as spans from bookings
            where space_id = space.id and unit_no = 1 and tstzrange(blocked_from, blocked_until, '[)') && tstzrange($2, $3, '[)') and {BookingStatus.Blocking}) as taken
        where taken.spans is not null
        """;

    internal static Task<List<Interval>> OfSpaceAsync(NpgsqlDataSource database, BookableSpace space, Interval window, CancellationToken cancellationToken) =>
        database.ListAsync(
            OfSpace,
            reader => new Interval(reader.Instant(0), reader.Instant(1)),
            cancellationToken,
            space.Id,
            window.From - space.BufferBefore,
            window.Until + space.BufferAfter);

    /// <summary>
    /// Of each space what is taken, cut to the window and the widest buffers around it. Told space by space as PostgreSQL finds it, so that both work at the
    /// same time; spaces of which nothing is taken come last.
    /// </summary>
    internal static async Task OfSpacesAsync(
        NpgsqlDataSource database, IReadOnlyList<BookableSpace> spaces, Interval window, Action<BookableSpace, List<Interval>> tell, CancellationToken cancellationToken)
    {
        var around = new Interval(window.From - spaces.Max(space => space.BufferBefore), window.Until + spaces.Max(space => space.BufferAfter));
        var left = spaces.ToDictionary(space => space.Id);
        await database.ListAsync(
            OfSpaces,
            reader =>
            {
                left.Remove(reader.GetGuid(0), out var space);
                tell(space!, Unpack(reader.GetFieldValue<byte[]>(1), around));
                return true;
            },
            cancellationToken,
            spaces.Select(space => space.Id).ToArray(),
            around.From,
            around.Until);

        foreach (var space in left.Values)
        {
            tell(space, []);
        }
    }

    /// <summary>In the order of beginnings.</summary>
    /// <param name="packed">Pairs of instants as PostgreSQL sends them: microseconds since 2000, the highest byte first.</param>
    /// <param name="around">Also infinity, which no DateTimeOffset could hold, is cut to it.</param>
    private static List<Interval> Unpack(ReadOnlySpan<byte> packed, Interval around)
    {
        var (first, last) = (Microseconds(around.From), Microseconds(around.Until));
        var froms = new long[packed.Length / (2 * BytesOfInstant)];
        var untils = new long[froms.Length];

        for (var i = 0; i < froms.Length; i++)
        {
            var pair = packed[(2 * BytesOfInstant * i)..];
            froms[i] = Math.Max(first, BinaryPrimitives.ReadInt64BigEndian(pair));
            untils[i] = Math.Min(last, BinaryPrimitives.ReadInt64BigEndian(pair[BytesOfInstant..]));
        }

        // The index has no order, and numbers are sorted faster than intervals.
        Array.Sort(froms, untils);
        var spans = new List<Interval>(froms.Length);

        for (var i = 0; i < froms.Length; i++)
        {
            spans.Add(new Interval(Instant(froms[i]), Instant(untils[i])));
        }

        return spans;
    }

    private static long Microseconds(DateTimeOffset instant) => (instant - PostgresEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static DateTimeOffset Instant(long microseconds) => PostgresEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
