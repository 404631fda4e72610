using Coworking.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Alerts;

/// <summary>GET /alerts/:id.</summary>
internal static class GetAlert
{
    internal static async Task<Results<Ok<AlertRow>, ProblemHttpResult>> Handle(RouteId id, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"select {AlertReader.Columns} from alerts a where a.id = $1", connection);
        command.Parameters.Add(new() { Value = id.Value });
        return (await AlertReader.AllAsync(command, cancellationToken)) is [var alert] ? TypedResults.Ok(AlertRow.Of(alert)) : AlertRefusals.NotFound.ToProblem();
    }
}
