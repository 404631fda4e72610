using Coworking.Hosting.Http;
using Coworking.IotIngest.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Dashboard;

/// <summary>GET /iot/spaces/:id/latest: the newest reading with its age; nulls where the space never spoke.</summary>
internal static class GetLatest
{
    internal static async Task<Results<Ok<LatestReading>, ProblemHttpResult>> Handle(RouteId id, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"select {LatestReading.Columns} from {LatestReading.Tables} where s.id = $1 and not s.removed");
        command.Parameters.Add(new() { Value = id.Value });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? TypedResults.Ok(LatestReading.Read(reader, clock.GetUtcNow())) : SpaceRefusals.NotFound.ToProblem();
    }
}
