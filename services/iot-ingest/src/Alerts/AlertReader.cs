using Npgsql;

namespace Coworking.IotIngest.Alerts;

/// <summary>Rows of alerts to <see cref="Alert"/>, wherever a query names them a.</summary>
internal static class AlertReader
{
    public const string Columns = """
        a.id, a.space_key, a.space_id, a.location_id, a.kind, a.severity, a.breached_since, a.started_at, a.last_triggered_at, a.resolved_at, a.resolution, a.note,
        a.acknowledged_at, a.acknowledged_by, a.meta::text, a.version, a.created_at, a.escalation_level
        """;

    public static Alert Read(NpgsqlDataReader reader, int first) => new()
    {
        Id = reader.GetGuid(first),
        SpaceKey = reader.GetInt32(first + 1),
        SpaceId = reader.GetGuid(first + 2),
        LocationId = reader.GetGuid(first + 3),
        Kind = reader.GetString(first + 4),
        Severity = reader.GetString(first + 5),
        BreachedSince = reader.GetFieldValue<DateTimeOffset>(first + 6),
        StartedAt = reader.GetFieldValue<DateTimeOffset>(first + 7),
        LastTriggeredAt = reader.GetFieldValue<DateTimeOffset>(first + 8),
        ResolvedAt = reader.IsDBNull(first + 9) ? null : reader.GetFieldValue<DateTimeOffset>(first + 9),
        Resolution = reader.IsDBNull(first + 10) ? null : reader.GetString(first + 10),
        Note = reader.IsDBNull(first + 11) ? null : reader.GetString(first + 11),
        AcknowledgedAt = reader.IsDBNull(first + 12) ? null : reader.GetFieldValue<DateTimeOffset>(first + 12),
        AcknowledgedBy = reader.IsDBNull(first + 13) ? null : reader.GetString(first + 13),
        Meta = reader.GetString(first + 14),
        Version = reader.GetInt64(first + 15),
        CreatedAt = reader.GetFieldValue<DateTimeOffset>(first + 16),
        EscalationLevel = reader.GetInt32(first + 17),
    };

    public static async Task<List<Alert>> AllAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var alerts = new List<Alert>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            alerts.Add(Read(reader, 0));
        }

        return alerts;
    }
}
