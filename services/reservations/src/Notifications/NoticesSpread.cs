using Coworking.Reservations.Database;
using Npgsql;

namespace Coworking.Reservations.Notifications;

/// <summary>What else hears of notices, in the transaction in which they are made into mails. Registered by the folder that listens.</summary>
internal delegate Task NoticesSpread(NpgsqlConnection connection, IReadOnlyList<SpreadNotice> notices, DateTimeOffset now, CancellationToken cancellationToken);

/// <summary>A notice with the names that its readers know.</summary>
/// <param name="Key">What makes it one.</param>
/// <param name="Kind">One of <see cref="NoticeKinds"/>.</param>
/// <param name="Payload">The facts as they were then, as JSON.</param>
/// <param name="CreatedAt">When it happened.</param>
/// <param name="LocationId">Whose contacts are told.</param>
/// <param name="Contacts">Those contacts.</param>
/// <param name="ToldOtherwise">Contacts of the location that a booking went to: they hear of the move, and its calendar entry is to stay.</param>
/// <param name="Location">Its name.</param>
/// <param name="Timezone">Its zone.</param>
/// <param name="Space">The name of the space.</param>
internal sealed record SpreadNotice(
    string Key, string Kind, string Payload, DateTimeOffset CreatedAt, Guid? LocationId, string[] Contacts, string[] ToldOtherwise, string? Location, string? Timezone, string? Space)
{
    internal const string Columns = "n.key, n.kind, n.payload::text, n.created_at, n.location_id, l.contacts, e.contacts, l.name, l.timezone, s.name";

    /// <summary>Beside a table expression of notices, n.</summary>
    internal const string Tables = "n left join locations l on l.id = n.location_id left join spaces s on s.id = (n.payload->>'spaceId')::uuid left join locations e on e.id = (n.payload->>'nowAt')::uuid";

    internal static SpreadNotice Read(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.GetString(1),
        reader.GetString(2),
        reader.Instant(3),
        reader.Value<Guid>(4),
        Addresses(reader, 5),
        Addresses(reader, 6),
        reader.Text(7),
        reader.Text(8),
        reader.Text(9));

    private static string[] Addresses(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? [] : reader.GetFieldValue<string[]>(column);
}
