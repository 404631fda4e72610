using Coworking.Contracts;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Coworking.Reservations.Policies;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.Reservations.Bookings;

/// <summary>A space as the rules of booking see it.</summary>
internal sealed record BookableSpace(
    Guid Id,
    string Name,
    Guid LocationId,
    int Capacity,
    bool Bookable,
    bool Active,
    TimeSpan BufferBefore,
    TimeSpan BufferAfter,
    TimeZoneInfo Zone,
    Policy Policy,
    OpeningTimes? Hours)
{
    internal const string Columns = $"""
        s.id, s.name, s.location_id, s.capacity, s.bookable, s.active, s.buffer_before_minutes, s.buffer_after_minutes, l.timezone,
        to_char(h.open_time, 'HH24:MI'), to_char(h.close_time, 'HH24:MI'), h.timezone, h.work_days, {EffectivePolicy.Columns}
        """;

    internal const int ColumnCount = 17;

    internal const string Tables = $"spaces s join locations l on l.id = s.location_id left join office_hours h on h.space_id = s.id {EffectivePolicy.Joins}";

    // Who books a space queues here: rivals who met only in the exclusion constraint would deadlock, and each deadlock costs PostgreSQL a second.
    private const string Lock = "select 1 from spaces where id = $1 and removed_at is null for no key update";

    private const string LockFree = "select id from spaces where id = any($1) and removed_at is null for no key update skip locked";

    // A statement of its own: one that had to wait for the lock would still see zone, hours and policy as they were when it began to wait.
    private const string Find = $"select {Columns} from {Tables} where s.id = $1 and s.removed_at is null";

    // By offset it stays a look for each, however few spaces there are when that is planned.
    private const string FindAll = $"select found.* from unnest($1) as w (wanted) cross join lateral (select {Columns} from {Tables} where s.id = wanted and s.removed_at is null offset 0) as found";

    internal static BookableSpace Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.GetString(1),
        reader.GetGuid(2),
        reader.GetInt32(3),
        reader.GetBoolean(4),
        reader.GetBoolean(5),
        TimeSpan.FromMinutes(reader.GetInt32(6)),
        TimeSpan.FromMinutes(reader.GetInt32(7)),
        Zones.Find(reader.GetString(8)),
        EffectivePolicy.Read(reader, 13),
        reader.IsDBNull(9)
            ? null
            : OpeningTimes.Of(new Contracts.OfficeHours(reader.GetString(9), reader.GetString(10), reader.GetString(11), reader.GetFieldValue<int[]>(12))));

    /// <summary>Adds the statements of <see cref="LockAsync"/>, to be read by <see cref="ReadLockedAsync"/>.</summary>
    internal static void AskLocked(NpgsqlBatch batch, Guid id)
    {
        foreach (var statement in new[] { Lock, Find })
        {
            batch.BatchCommands.Add(new(statement) { Parameters = { new NpgsqlParameter<Guid> { TypedValue = id } } });
        }
    }

    /// <summary>The same for several, of which only those are locked that nobody else holds: nothing waits. To be read by <see cref="ReadFreeAsync"/>.</summary>
    internal static void AskFree(NpgsqlBatch batch, Guid[] ids)
    {
        batch.BatchCommands.Add(new(LockFree) { Parameters = { new NpgsqlParameter<Guid[]> { TypedValue = ids } } });
        Ask(batch, ids);
    }

    /// <summary>Adds the statement that reads several without a lock, for <see cref="ReadAllAsync"/>.</summary>
    internal static void Ask(NpgsqlBatch batch, Guid[] ids) =>
        batch.BatchCommands.Add(new(FindAll) { Parameters = { new NpgsqlParameter<Guid[]> { TypedValue = ids } } });

    /// <summary>Reads what <see cref="Ask"/> has asked.</summary>
    internal static async Task<List<BookableSpace>> ReadAllAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var spaces = new List<BookableSpace>();

        while (await reader.ReadAsync(cancellationToken))
        {
            spaces.Add(Read(reader));
        }

        return spaces;
    }

    /// <summary>Reads what <see cref="AskFree"/> has asked: the spaces that are locked now.</summary>
    internal static async Task<Dictionary<Guid, BookableSpace>> ReadFreeAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var locked = new HashSet<Guid>();

        while (await reader.ReadAsync(cancellationToken))
        {
            locked.Add(reader.GetGuid(0));
        }

        await reader.NextResultAsync(cancellationToken);
        return (await ReadAllAsync(reader, cancellationToken)).Where(space => locked.Contains(space.Id)).ToDictionary(space => space.Id);
    }

    /// <summary>Reads what <see cref="AskLocked"/> has asked; null where there is no such space.</summary>
    internal static async Task<BookableSpace?> ReadLockedAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    /// <summary>The space as it is now, kept from change and from other bookings until this transaction ends; null where there is none.</summary>
    internal static async Task<BookableSpace?> LockAsync(ReservationsDb db, Guid id, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch((NpgsqlConnection)db.Database.GetDbConnection());
        AskLocked(batch, id);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadLockedAsync(reader, cancellationToken);
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

    /// <summary>The same questions to the database tell what stands against both.</summary>
    internal bool AsksAs(Slot other) =>
        (Space.Id, Space.LocationId, Space.Zone.Id, Space.Policy.Counts, StartDay, BlockedFrom, BlockedUntil)
        == (other.Space.Id, other.Space.LocationId, other.Space.Zone.Id, other.Space.Policy.Counts, other.StartDay, other.BlockedFrom, other.BlockedUntil);

    internal static Slot Of(BookingWish wish, BookableSpace space) => new(
        space, wish.Day.In(space.Zone), BookingDay.DateIn(space.Zone, wish.Start), wish.Start - space.BufferBefore, wish.End + space.BufferAfter);
}
