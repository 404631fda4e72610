using Coworking.Hosting.Http;
using Coworking.IotIngest.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Alerts;

/// <summary>GET /iot/spaces/:id/alerts: a bare array, the newest first.</summary>
internal static class ListSpaceAlerts
{
    internal static async Task<Results<Ok<List<AlertRow>>, ProblemHttpResult>> Handle(
        RouteId id, HttpRequest request, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var active = QueryValues.Flag(request.Query, "active");
        var kind = QueryValues.Word(request.Query, "kind", AlertKind.Names);
        var limit = QueryValues.WholeNumber(request.Query, "limit", 1, 200) ?? 50;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);

        if (!await SpaceQueries.ExistsAsync(connection, id, cancellationToken))
        {
            return SpaceRefusals.NotFound.ToProblem();
        }

        await using var command = new NpgsqlCommand($"""
            select {AlertReader.Columns} from alerts a
            where a.space_id = $1 and ($2::text is null or a.kind = $2) and ($3::boolean is distinct from true or a.resolved_at is null)
            order by a.started_at desc, a.id desc limit $4
            """, connection);
        command.Parameters.Add(new() { Value = id.Value });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = kind });
        command.Parameters.Add(new NpgsqlParameter<bool?> { TypedValue = active });
        command.Parameters.Add(new() { Value = limit });
        return TypedResults.Ok((await AlertReader.AllAsync(command, cancellationToken)).ConvertAll(AlertRow.Of));
    }
}
