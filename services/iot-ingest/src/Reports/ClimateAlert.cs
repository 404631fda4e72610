using Coworking.IotIngest.Windows;
using Npgsql;

namespace Coworking.IotIngest.Reports;

/// <summary>An alert as a report shows it.</summary>
/// <param name="Id">The alert.</param>
/// <param name="Kind">What it was about.</param>
/// <param name="Severity">How grave.</param>
/// <param name="StartedAt">When it opened.</param>
/// <param name="ResolvedAt">Null: still open.</param>
/// <param name="Resolution">Why it ended.</param>
/// <param name="DurationSec">From its start to its end; of an open one, until the report was made.</param>
/// <param name="Note">Of whoever resolved it.</param>
internal sealed record ClimateAlert(Guid Id, string Kind, string Severity, DateTimeOffset StartedAt, DateTimeOffset? ResolvedAt, string? Resolution, long DurationSec, string? Note)
{
    public static async Task<List<ClimateAlert>> ListAsync(
        NpgsqlConnection connection, SeriesSpace space, DateTimeOffset from, DateTimeOffset until, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select id, kind, severity, started_at, resolved_at, resolution, note from alerts
            where space_id = $1 and started_at < $3 and (resolved_at is null or resolved_at >= $2) order by started_at, id
            """, connection);
        command.Parameters.Add(new() { Value = space.Id });
        command.Parameters.Add(new() { Value = from.UtcDateTime });
        command.Parameters.Add(new() { Value = until.UtcDateTime });
        var alerts = new List<ClimateAlert>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            var started = reader.GetFieldValue<DateTimeOffset>(3);
            DateTimeOffset? resolved = reader.IsDBNull(4) ? null : reader.GetFieldValue<DateTimeOffset>(4);
            alerts.Add(new ClimateAlert(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2), started, resolved, Text(5), Math.Max(0, (long)((resolved ?? now) - started).TotalSeconds), Text(6)));
        }

        return alerts;

        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }

    /// <summary>True where it was open at some time between these; one that ended at midnight sharp was not open on the next day.</summary>
    public bool Touches(DateTimeOffset from, DateTimeOffset until) => StartedAt < until && (StartedAt >= from || ResolvedAt is null || ResolvedAt > from);
}
