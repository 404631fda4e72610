using System.Text.Json;
using Coworking.Reservations.Database;
using Npgsql;

namespace Coworking.Reservations.Webhooks;

/// <summary>A delivery in the log of a webhook.</summary>
internal sealed record DeliveryRow(
    Guid Id,
    Guid WebhookId,
    string Event,
    string Status,
    int Tries,
    int? LastStatusCode,
    string? LastError,
    DateTimeOffset? NextTryAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset? SettledAt,
    JsonElement Body)
{
    internal const string Pending = "pending";

    internal const string Columns = """
        d.id, d.webhook_id, d.event, d.status, d.tries, d.last_status_code, d.last_error, case when d.status = 'pending' then d.next_try_at end, d.created_at, d.settled_at, d.body
        """;

    internal static DeliveryRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.GetGuid(1),
        reader.GetString(2),
        reader.GetString(3),
        reader.GetInt32(4),
        reader.Value<int>(5),
        reader.Text(6),
        reader.IsDBNull(7) ? null : reader.Instant(7),
        reader.Instant(8),
        reader.IsDBNull(9) ? null : reader.Instant(9),
        JsonElement.Parse(reader.GetString(10)));

    internal static Task<DeliveryRow?> FindAsync(ReservationsDb db, Guid webhookId, Guid id, CancellationToken cancellationToken) =>
        db.FindAsync($"select {Columns} from webhook_deliveries d where d.webhook_id = $1 and d.id = $2", Read, cancellationToken, webhookId, id);
}
