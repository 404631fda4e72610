using Npgsql;
using NpgsqlTypes;

namespace Coworking.IotIngest.Alerts;

/// <summary>Writes single alerts. Whoever calls holds the lock of the space's state, so that the hot path writes no older row over them.</summary>
internal static class AlertRows
{
    /// <summary>False where one of its kind is open in its space already.</summary>
    public static async Task<bool> InsertAsync(NpgsqlConnection connection, Alert alert, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            insert into alerts (id, space_key, space_id, location_id, kind, severity, breached_since, started_at, last_triggered_at, meta, version, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            on conflict (space_key, kind) where resolved_at is null do nothing
            """, connection)
        {
            Parameters =
            {
                new() { Value = alert.Id },
                new() { Value = alert.SpaceKey },
                new() { Value = alert.SpaceId },
                new() { Value = alert.LocationId },
                new() { Value = alert.Kind },
                new() { Value = alert.Severity },
                new() { Value = alert.BreachedSince.UtcDateTime },
                new() { Value = alert.StartedAt.UtcDateTime },
                new() { Value = alert.LastTriggeredAt.UtcDateTime },
                new() { Value = alert.Meta, NpgsqlDbType = NpgsqlDbType.Jsonb },
                new() { Value = alert.Version },
                new() { Value = alert.CreatedAt.UtcDateTime },
            },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    public static async Task UpdateAsync(NpgsqlConnection connection, Alert alert, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            update alerts set resolved_at = $2, resolution = $3, note = $4, acknowledged_at = $5, acknowledged_by = $6, escalation_level = $7, version = $8 where id = $1
            """, connection)
        {
            Parameters =
            {
                new() { Value = alert.Id },
                new NpgsqlParameter<DateTime?> { TypedValue = alert.ResolvedAt?.UtcDateTime },
                new NpgsqlParameter<string?> { TypedValue = alert.Resolution },
                new NpgsqlParameter<string?> { TypedValue = alert.Note },
                new NpgsqlParameter<DateTime?> { TypedValue = alert.AcknowledgedAt?.UtcDateTime },
                new NpgsqlParameter<string?> { TypedValue = alert.AcknowledgedBy },
                new() { Value = alert.EscalationLevel },
                new() { Value = alert.Version },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
