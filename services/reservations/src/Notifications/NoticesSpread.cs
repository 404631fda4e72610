using Coworking.Reservations.Database;
using Npgsql;

namespace Coworking.Reservations.Notifications;

/// <summary>What else hears of notices, in the transaction in which they are made into mails. Registered by the folder that listens.</summary>
internal delegate Task NoticesSpread(NpgsqlConnection connection, IReadOnlyList<SpreadNotice> notices, DateTimeOffset now, CancellationToken cancellationToken);

/// <summary>A notice with the names that its readers know.</summary>
internal sealed record SpreadNotice(
    string Key, string Kind, string Payload, DateTimeOffset CreatedAt, Guid? LocationId, string[] Contacts, string? Location, string? Timezone, string? Space)
{
    internal const string Columns = "n.key, n.kind, n.payload::text, n.created_at, n.location_id, l.contacts, l.name, l.timezone, s.name";

    /// <summary>Beside a table expression of notices, n.</summary>
    internal const string Tables = "n left join locations l on l.id = n.location_id left join spaces s on s.id = (n.payload->>'spaceId')::uuid";

    internal static SpreadNotice Read(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.GetString(1),
        reader.GetString(2),
        reader.Instant(3),
        reader.Value<Guid>(4),
        reader.IsDBNull(5) ? [] : reader.GetFieldValue<string[]>(5),
        reader.Text(6),
        reader.Text(7),
        reader.Text(8));
}
