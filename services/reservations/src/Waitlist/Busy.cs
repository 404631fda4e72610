using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.Reservations.Waitlist;

/// <summary>A span of a space's time that is not to be offered, buffers included.</summary>
/// <param name="From">The first instant.</param>
/// <param name="Until">The first instant after it.</param>
/// <param name="EntryId">The only waiter to whom it is not to be offered; null: to nobody.</param>
internal sealed record Busy(DateTimeOffset From, DateTimeOffset Until, Guid? EntryId = null)
{
    // What a waiter has let pass once is not offered to it again, or a hold that nobody answers would go round for ever.
    private const string Sql = $"""
        select blocked_from, blocked_until, null::uuid from bookings
        where space_id = $1 and unit_no = $2 and {BookingStatus.Blocking} and tstzrange(blocked_from, blocked_until, '[)') && tstzrange($3, $4, '[)')
        union all
        select start_time, end_time, entry_id from waitlist_offers where entry_id = any ($5) and space_id = $1 and status in ('declined', 'expired')
        order by 1
        """;

    internal static Busy By(DateTimeOffset start, TimeSpan length, BookableSpace space) => new(start - space.BufferBefore, start + length + space.BufferAfter);

    internal bool Meets(DateTimeOffset from, DateTimeOffset until) => From < until && from < Until;

    internal bool IsFor(WaitlistEntry entry) => EntryId is null || EntryId == entry.Id;

    /// <summary>True where nobody can be given any of a freed slot any more.</summary>
    /// <param name="busy">By when it begins.</param>
    /// <param name="freed">What was freed.</param>
    internal static bool Covers(IEnumerable<Busy> busy, FreedSlot freed)
    {
        var free = freed.From;

        foreach (var one in busy.Where(one => one.EntryId is null && one.From <= free && one.Until > free))
        {
            free = one.Until;
        }

        return free >= freed.Until;
    }

    /// <summary>By when it begins, as far around a freed slot as a span of these waiters could reach; with the space locked.</summary>
    internal static async Task<List<Busy>> AroundAsync(
        ReservationsDb db, FreedSlot freed, BookableSpace space, IReadOnlyCollection<WaitlistEntry> queue, CancellationToken cancellationToken)
    {
        var reach = TimeSpan.FromMinutes(queue.Max(entry => entry.Minutes)) + space.BufferBefore + space.BufferAfter;
        await using var command = new NpgsqlCommand(Sql, (NpgsqlConnection)db.Database.GetDbConnection())
        {
            Parameters =
            {
                new() { Value = freed.SpaceId },
                new() { Value = Slot.OnlyUnit },
                new() { Value = freed.From - reach },
                new() { Value = freed.Until + reach },
                new() { Value = queue.Select(entry => entry.Id).ToArray() },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var busy = new List<Busy>();

        while (await reader.ReadAsync(cancellationToken))
        {
            busy.Add(new Busy(reader.Instant(0), reader.Instant(1), reader.Value<Guid>(2)));
        }

        return busy;
    }
}
