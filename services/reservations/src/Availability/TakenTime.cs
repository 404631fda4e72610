using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Npgsql;

namespace Coworking.Reservations.Availability;

/// <summary>What bookings hold of spaces, with the buffers that they were made with, in one read.</summary>
internal static class TakenTime
{
    private static readonly List<Interval> Nothing = [];

    // By the constraint's own expression, so that its index answers.
    private const string OfSpace = $"""
        select blocked_from, blocked_until from bookings
        where space_id = $1 and unit_no = 1 and tstzrange(blocked_from, blocked_until, '[)') && tstzrange($2, $3, '[)') and {BookingStatus.Blocking}
        order by blocked_from
        """;

    private const string OfSpaces = $"""
        select space_id, blocked_from, blocked_until from bookings
        where space_id = any ($1) and unit_no = 1 and tstzrange(blocked_from, blocked_until, '[)') && tstzrange($2, $3, '[)') and {BookingStatus.Blocking}
        """;

    internal static Task<List<Interval>> OfSpaceAsync(NpgsqlDataSource database, BookableSpace space, Interval window, CancellationToken cancellationToken) =>
        database.ListAsync(
            OfSpace,
            reader => new Interval(reader.Instant(0), reader.Instant(1)),
            cancellationToken,
            space.Id,
            window.From - space.BufferBefore,
            window.Until + space.BufferAfter);

    internal static async Task<Func<Guid, List<Interval>>> OfSpacesAsync(
        NpgsqlDataSource database, IReadOnlyList<BookableSpace> spaces, Interval window, CancellationToken cancellationToken)
    {
        var (before, after) = (spaces.Max(space => space.BufferBefore), spaces.Max(space => space.BufferAfter));
        var taken = spaces.ToDictionary(space => space.Id, _ => new List<Interval>());
        await database.ListAsync(
            OfSpaces,
            reader =>
            {
                taken[reader.GetGuid(0)].Add(new Interval(reader.Instant(1), reader.Instant(2)));
                return true;
            },
            cancellationToken,
            spaces.Select(space => space.Id).ToArray(),
            window.From - before,
            window.Until + after);

        foreach (var one in taken.Values)
        {
            one.Sort((a, b) => a.From.CompareTo(b.From));
        }

        return space => taken.GetValueOrDefault(space, Nothing);
    }
}
