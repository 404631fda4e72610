using Coworking.Hosting.Http;
using Coworking.IotIngest.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Alerts;

/// <summary>GET /iot/spaces/:id/alert-rules: every rule as it is in force, by kind.</summary>
internal static class GetAlertRules
{
    internal static async Task<Results<Ok<Dictionary<string, Dictionary<string, object?>>>, ProblemHttpResult>> Handle(
        RouteId id, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        // The table is asked, not the memory: what was set a moment ago at another replica must be answered.
        return await SpaceReader.ReadAsync(connection, [id], clock.GetUtcNow(), cancellationToken) is [var space]
            ? TypedResults.Ok(AlertRuleEdit.Rows(space.Rules))
            : SpaceRefusals.NotFound.ToProblem();
    }
}
