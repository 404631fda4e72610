using System.Text.Json;
using Npgsql;

namespace Coworking.IotIngest.Alerts;

/// <summary>Rows of alert_rules: what deviates from the defaults in one space, and only that.</summary>
internal static class AlertRuleRows
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private sealed record Row(string Kind, bool? Enabled, double? Threshold, int? OpenAfterSec, int? ResolveAfterSec, string? Severity);

    /// <param name="json">An array of rows.</param>
    public static Dictionary<string, AlertRuleChange> Of(string json) => JsonSerializer.Deserialize<Row[]>(json, SnakeCase)!.ToDictionary(
        row => row.Kind, row => new AlertRuleChange(row.Enabled, row.Threshold, row.OpenAfterSec, row.ResolveAfterSec, row.Severity));

    /// <summary>Replaces the rows of a space.</summary>
    public static async Task WriteAsync(NpgsqlConnection connection, Guid spaceId, IReadOnlyDictionary<string, AlertRuleChange> changes, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("delete from alert_rules where space_id = $1") { Parameters = { new() { Value = spaceId } } });

        foreach (var (kind, change) in changes)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(
                "insert into alert_rules (space_id, kind, enabled, threshold, open_after_sec, resolve_after_sec, severity) values ($1, $2, $3, $4, $5, $6, $7)")
            {
                Parameters =
                {
                    new() { Value = spaceId },
                    new() { Value = kind },
                    new NpgsqlParameter<bool?> { TypedValue = change.Enabled },
                    new NpgsqlParameter<double?> { TypedValue = change.Threshold },
                    new NpgsqlParameter<int?> { TypedValue = change.OpenAfterSec },
                    new NpgsqlParameter<int?> { TypedValue = change.ResolveAfterSec },
                    new NpgsqlParameter<string?> { TypedValue = change.Severity },
                },
            });
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
