using Coworking.Reservations.Database;
using Npgsql;

namespace Coworking.Reservations.Waitlist;

/// <summary>An offer as whoever has its link sees it: nothing of the waiter.</summary>
internal sealed record OfferRow(
    string Status, Guid BookingId, OfferRow.Where Space, Guid LocationId, string LocationName, string Timezone, DateTimeOffset Start, DateTimeOffset End, DateTimeOffset HeldUntil)
{
    private const string Sql = """
        select o.status, o.booking_id, s.id, s.name, l.id, l.name, l.timezone, o.start_time, o.end_time, o.held_until
        from waitlist_offers o join spaces s on s.id = o.space_id join locations l on l.id = s.location_id
        where o.token_hash = $1
        """;

    internal static Task<OfferRow?> FindAsync(ReservationsDb db, OfferToken token, CancellationToken cancellationToken) =>
        db.FindAsync(Sql, Read, cancellationToken, token.Hash);

    private static OfferRow Read(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.GetGuid(1),
        new Where(reader.GetGuid(2), reader.GetString(3)),
        reader.GetGuid(4),
        reader.GetString(5),
        reader.GetString(6),
        reader.Instant(7),
        reader.Instant(8),
        reader.Instant(9));

    /// <summary>The space it is for.</summary>
    internal sealed record Where(Guid Id, string Name);
}
