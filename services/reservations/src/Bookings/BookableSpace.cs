using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.Reservations.Bookings;

/// <summary>A space as the rules of booking see it.</summary>
internal sealed record BookableSpace(
    Guid Id, string Name, Guid LocationId, int Capacity, bool Bookable, bool Active, TimeSpan BufferBefore, TimeSpan BufferAfter, TimeZoneInfo Zone)
{
    // Who books a space queues here: rivals who met only in the exclusion constraint would deadlock, and each deadlock costs PostgreSQL a second.
    private const string Sql = """
        select s.id, s.name, s.location_id, s.capacity, s.bookable, s.active, s.buffer_before_minutes, s.buffer_after_minutes, l.timezone
        from spaces s join locations l on l.id = s.location_id
        where s.id = $1 and s.removed_at is null
        for no key update of s
        """;

    /// <summary>The space, kept from change and from other bookings until this transaction ends; null where there is none.</summary>
    internal static async Task<BookableSpace?> LockAsync(ReservationsDb db, Guid id, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Sql, (NpgsqlConnection)db.Database.GetDbConnection());
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        return await reader.ReadAsync(cancellationToken)
            ? new BookableSpace(
                reader.GetGuid(0),
                reader.GetString(1),
                reader.GetGuid(2),
                reader.GetInt32(3),
                reader.GetBoolean(4),
                reader.GetBoolean(5),
                TimeSpan.FromMinutes(reader.GetInt32(6)),
                TimeSpan.FromMinutes(reader.GetInt32(7)),
                Zones.Find(reader.GetString(8)))
            : null;
    }
}

/// <summary>The place in a space's time that a wish comes down to.</summary>
/// <param name="Space">The space.</param>
/// <param name="Day">The bookingDate.</param>
/// <param name="StartDay">The start's date on the wall of the location.</param>
/// <param name="BlockedFrom">Start less the buffer before.</param>
/// <param name="BlockedUntil">End plus the buffer after.</param>
internal sealed record Slot(BookableSpace Space, DateOnly Day, DateOnly StartDay, DateTimeOffset BlockedFrom, DateTimeOffset BlockedUntil)
{
    /// <summary>Spaces are single so far; the constraint knows units already.</summary>
    internal const int OnlyUnit = 1;

    /// <summary>Monday of the ISO week it counts for.</summary>
    internal DateOnly Week => IsoWeek.StartOf(StartDay);

    internal static Slot Of(BookingWish wish, BookableSpace space) => new(
        space, wish.Day.In(space.Zone), BookingDay.DateIn(space.Zone, wish.Start), wish.Start - space.BufferBefore, wish.End + space.BufferAfter);
}
