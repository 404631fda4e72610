using Coworking.Reservations.Database;
using Npgsql;

namespace Coworking.Reservations.Waitlist;

/// <summary>An entry of the waitlist as clients see it; with what is offered at present, never with the token.</summary>
internal sealed record WaitlistRow(
    Guid Id,
    Guid? SpaceId,
    Guid? LocationId,
    string ClientEmail,
    string? ClientName,
    DateTimeOffset From,
    DateTimeOffset To,
    int Minutes,
    int? Attendees,
    int Priority,
    string Status,
    long Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    WaitlistRow.Offered? Offer)
{
    internal const string Columns = """
        w.id, w.space_id, w.location_id, w.client_email, w.client_name, w.from_time, w.to_time, w.minutes, w.attendees, w.priority, w.status, w.version,
        w.created_at, w.updated_at, o.booking_id, o.space_id, o.start_time, o.end_time, o.status, o.held_until
        """;

    /// <summary>Of an entry that is served or offered, the offer that counts.</summary>
    internal const string Tables =
        "waitlist_entries w left join waitlist_offers o on o.entry_id = w.id and o.status = case w.status when 'offered' then 'open' when 'served' then 'claimed' end";

    internal static WaitlistRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.Value<Guid>(1),
        reader.Value<Guid>(2),
        reader.GetString(3),
        reader.Text(4),
        reader.Instant(5),
        reader.Instant(6),
        reader.GetInt32(7),
        reader.Value<int>(8),
        reader.GetInt32(9),
        reader.GetString(10),
        reader.GetInt64(11),
        reader.Instant(12),
        reader.Instant(13),
        reader.IsDBNull(14)
            ? null
            : new Offered(reader.GetGuid(14), reader.GetGuid(15), reader.Instant(16), reader.Instant(17), reader.GetString(18), reader.Instant(19)));

    internal static WaitlistRow Of(WaitlistEntry entry) => new(
        entry.Id,
        entry.SpaceId,
        entry.LocationId,
        entry.ClientEmail,
        entry.ClientName,
        entry.FromTime,
        entry.ToTime,
        entry.Minutes,
        entry.Attendees,
        entry.Priority,
        entry.Status,
        entry.Version,
        entry.CreatedAt,
        entry.UpdatedAt,
        Offer: null);

    /// <summary>What is held for the waiter, or was claimed.</summary>
    internal sealed record Offered(Guid BookingId, Guid SpaceId, DateTimeOffset Start, DateTimeOffset End, string Status, DateTimeOffset HeldUntil);
}
