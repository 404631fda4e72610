using System.Text.Json.Serialization;
using Coworking.Reservations.Database;
using Npgsql;

namespace Coworking.Reservations.Locations;

/// <summary>A location as clients see it.</summary>
internal sealed record LocationRow(
    Guid Id,
    string Name,
    double Latitude,
    double Longitude,
    string Timezone,
    string? Address,
    string[] Contacts,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    [property: JsonPropertyName("_count")] LocationRow.Counts Count)
{
    internal const string Columns = """
        l.id, l.name, l.latitude, l.longitude, l.timezone, l.address, l.contacts, l.created_at, l.updated_at,
        (select count(*) from spaces s where s.location_id = l.id and s.removed_at is null)
        """;

    internal static LocationRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.GetString(1),
        reader.GetDouble(2),
        reader.GetDouble(3),
        reader.GetString(4),
        reader.Text(5),
        reader.GetFieldValue<string[]>(6),
        reader.Instant(7),
        reader.Instant(8),
        new Counts(reader.GetInt64(9)));

    internal static LocationRow Of(Location location, long spaces) => new(
        location.Id,
        location.Name,
        location.Latitude,
        location.Longitude,
        location.Timezone,
        location.Address,
        location.Contacts,
        location.CreatedAt,
        location.UpdatedAt,
        new Counts(spaces));

    /// <summary>How much hangs on it.</summary>
    internal readonly record struct Counts(long Spaces);
}
