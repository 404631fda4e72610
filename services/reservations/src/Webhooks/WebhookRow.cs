using Coworking.Reservations.Database;
using Npgsql;

namespace Coworking.Reservations.Webhooks;

/// <summary>A webhook as administrators see it.</summary>
internal sealed record WebhookRow(
    Guid Id, string Url, string[] Events, string? Description, bool Active, DateTimeOffset? DisabledAt, string? DisabledReason, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    internal const string Columns = "id, url, events, description, active, disabled_at, disabled_reason, created_at, updated_at";

    internal static WebhookRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.GetString(1),
        reader.GetFieldValue<string[]>(2),
        reader.Text(3),
        reader.GetBoolean(4),
        reader.IsDBNull(5) ? null : reader.Instant(5),
        reader.Text(6),
        reader.Instant(7),
        reader.Instant(8));

    internal static WebhookRow Of(Webhook webhook) => new(
        webhook.Id,
        webhook.Url,
        webhook.Events,
        webhook.Description,
        webhook.Active,
        webhook.DisabledAt,
        webhook.DisabledReason,
        webhook.CreatedAt,
        webhook.UpdatedAt);

    internal WithSecret Showing(string secret) => new(Id, Url, Events, Description, Active, DisabledAt, DisabledReason, CreatedAt, UpdatedAt, secret);

    /// <summary>The row with what is shown once.</summary>
    internal sealed record WithSecret(
        Guid Id,
        string Url,
        string[] Events,
        string? Description,
        bool Active,
        DateTimeOffset? DisabledAt,
        string? DisabledReason,
        DateTimeOffset CreatedAt,
        DateTimeOffset UpdatedAt,
        string Secret);
}
