using System.Text.Json;
using Coworking.Hosting.Http;
using Coworking.IotIngest.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Twins;

/// <summary>GET /iot/spaces/:id/twin/history: what was asked and what was said, the newest first.</summary>
internal static class ListTwinHistory
{
    /// <param name="Id">Of the entry.</param>
    /// <param name="Kind">desired or reported.</param>
    /// <param name="Version">Of its half; null for a report that came after a newer one and changed nothing.</param>
    /// <param name="Payload">The whole half.</param>
    /// <param name="At">Device time of a report.</param>
    /// <param name="By">Who asked; null for reports.</param>
    /// <param name="ReceivedAt">By the server's clock.</param>
    /// <param name="Current">In force.</param>
    internal sealed record Row(long Id, string Kind, long? Version, JsonElement Payload, DateTimeOffset At, string? By, DateTimeOffset ReceivedAt, bool Current);

    internal static async Task<Results<Ok<Page<Row>>, ProblemHttpResult>> Handle(RouteId id, PageRequest page, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);

        if (!await SpaceQueries.ExistsAsync(connection, id, cancellationToken))
        {
            return SpaceRefusals.NotFound.ToProblem();
        }

        await using var count = new NpgsqlCommand("select count(*) from twin_history where space_id = $1", connection);
        count.Parameters.Add(new() { Value = id.Value });
        var total = (long)(await count.ExecuteScalarAsync(cancellationToken))!;
        await using var command = new NpgsqlCommand("""
            select h.id, h.kind, h.version, h.payload::text, h.at, h.by, h.received_at,
                coalesce(h.version = case h.kind when 'desired' then t.desired_version else t.reported_version end, false)
            from twin_history h join twins t on t.space_id = h.space_id
            where h.space_id = $1 order by h.at desc, h.id desc limit $2 offset $3
            """, connection);
        command.Parameters.Add(new() { Value = id.Value });
        command.Parameters.Add(new() { Value = page.Size });
        command.Parameters.Add(new() { Value = page.Offset });
        var rows = new List<Row>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            using var payload = JsonDocument.Parse(reader.GetString(3));
            rows.Add(new Row(
                reader.GetInt64(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetInt64(2), payload.RootElement.Clone(), reader.GetFieldValue<DateTimeOffset>(4),
                reader.IsDBNull(5) ? null : reader.GetString(5), reader.GetFieldValue<DateTimeOffset>(6), reader.GetBoolean(7)));
        }

        return TypedResults.Ok(page.Of(rows, total));
    }
}
