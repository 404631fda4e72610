using System.Text.Json.Serialization;
using Coworking.Reservations.Database;
using Npgsql;

namespace Coworking.Reservations.Spaces;

/// <summary>A space as clients see it in lists and after a change.</summary>
internal sealed record SpaceRow(
    Guid Id,
    Guid LocationId,
    string Name,
    string? Reference,
    int Capacity,
    string? Description,
    string Kind,
    bool Bookable,
    bool Active,
    string[] Amenities,
    SpaceClimate? Climate,
    int BufferBefore,
    int BufferAfter,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    SpaceRow.Place Location,
    [property: JsonPropertyName("_count")] SpaceRow.Counts Count)
{
    internal const string Columns = """
        s.id, s.location_id, s.name, s.reference, s.capacity, s.description, s.kind, s.bookable, s.active, s.amenities,
        s.temp_min, s.temp_max, s.door_open_seconds, s.buffer_before_minutes, s.buffer_after_minutes, s.created_at, s.updated_at,
        l.name, l.latitude, l.longitude,
        (select count(*) from bookings b where b.space_id = s.id and b.status <> 'cancelled')
        """;

    internal const int ColumnCount = 21;

    internal const string Tables = "spaces s join locations l on l.id = s.location_id";

    internal static SpaceRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.GetGuid(1),
        reader.GetString(2),
        reader.Text(3),
        reader.GetInt32(4),
        reader.Text(5),
        reader.GetString(6),
        reader.GetBoolean(7),
        reader.GetBoolean(8),
        reader.GetFieldValue<string[]>(9),
        SpaceClimate.Of(reader.Value<double>(10), reader.Value<double>(11), reader.Value<int>(12)),
        reader.GetInt32(13),
        reader.GetInt32(14),
        reader.Instant(15),
        reader.Instant(16),
        new Place(reader.GetGuid(1), reader.GetString(17), reader.GetDouble(18), reader.GetDouble(19)),
        new Counts(reader.GetInt64(20)));

    /// <summary>The row after a write has committed: the same query that lists read by.</summary>
    internal static Task<SpaceRow?> FindAsync(NpgsqlDataSource database, Guid id, CancellationToken cancellationToken) =>
        database.FindAsync($"select {Columns} from {Tables} where s.id = $1 and s.removed_at is null", Read, cancellationToken, id);

    /// <summary>The row of a space that is being registered.</summary>
    internal static Task<SpaceRow?> FindAsync(ReservationsDb db, Guid id, CancellationToken cancellationToken) =>
        db.FindAsync($"select {Columns} from {Tables} where s.id = $1 and s.removed_at is null", Read, cancellationToken, id);

    /// <summary>Where it stands.</summary>
    internal sealed record Place(Guid Id, string Name, double Latitude, double Longitude);

    /// <summary>How much hangs on it: bookings that lists show.</summary>
    internal readonly record struct Counts(long Bookings);
}
