using Coworking.Reservations.Database;
using Npgsql;

namespace Coworking.Reservations.CalendarFeeds;

/// <summary>A feed as its owners see it; its address is never shown again.</summary>
internal sealed record CalendarFeedRow(Guid Id, Guid? SpaceId, string? ClientEmail, string CreatedBy, DateTimeOffset CreatedAt)
{
    internal const string Columns = "f.id, f.space_id, f.client_email, f.created_by, f.created_at";

    internal static CalendarFeedRow Read(NpgsqlDataReader reader) =>
        new(reader.GetGuid(0), reader.Value<Guid>(1), reader.Text(2), reader.GetString(3), reader.Instant(4));
}
