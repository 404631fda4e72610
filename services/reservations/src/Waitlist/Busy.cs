using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.Reservations.Waitlist;

/// <summary>A span of a space's time that is not to be offered, buffers included.</summary>
internal sealed record Busy(DateTimeOffset From, DateTimeOffset Until)
{
    // What the waiter has let pass once is not offered to it again, or a hold that nobody answers would go round for ever.
    private const string Sql = $"""
        select blocked_from, blocked_until from bookings
        where space_id = $1 and unit_no = $2 and {BookingStatus.Blocking} and tstzrange(blocked_from, blocked_until, '[)') && tstzrange($3, $4, '[)')
        union all
        select start_time, end_time from waitlist_offers where entry_id = $5 and space_id = $1 and status in ('declined', 'expired')
        """;

    internal static Busy By(DateTimeOffset start, TimeSpan length, BookableSpace space) => new(start - space.BufferBefore, start + length + space.BufferAfter);

    internal bool Meets(DateTimeOffset from, DateTimeOffset until) => From < until && from < Until;

    /// <summary>As far around a freed slot as a span of this waiter could reach; with the space locked.</summary>
    internal static async Task<List<Busy>> AroundAsync(ReservationsDb db, FreedSlot freed, BookableSpace space, WaitlistEntry entry, CancellationToken cancellationToken)
    {
        var reach = TimeSpan.FromMinutes(entry.Minutes) + space.BufferBefore + space.BufferAfter;
        await using var command = new NpgsqlCommand(Sql, (NpgsqlConnection)db.Database.GetDbConnection())
        {
            Parameters =
            {
                new() { Value = freed.SpaceId },
                new() { Value = Slot.OnlyUnit },
                new() { Value = freed.From - reach },
                new() { Value = freed.Until + reach },
                new() { Value = entry.Id },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var busy = new List<Busy>();

        while (await reader.ReadAsync(cancellationToken))
        {
            busy.Add(new Busy(reader.Instant(0), reader.Instant(1)));
        }

        return busy;
    }
}
