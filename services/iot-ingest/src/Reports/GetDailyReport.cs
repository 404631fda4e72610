using System.Text.Json;
using Coworking.Hosting.Http;
using Coworking.Hosting.Problems;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Reports;

/// <summary>GET /iot/reports/climate/daily/:id: a stored report, as it was made.</summary>
internal static class GetDailyReport
{
    internal static readonly Refusal NotFound = new(StatusCodes.Status404NotFound, "report.not_found", "Report not found");

    internal sealed record Row(Guid Id, Guid LocationId, DateOnly Day, DateTimeOffset CreatedAt, JsonElement Report);

    internal static async Task<Results<Ok<Row>, ProblemHttpResult>> Handle(RouteId id, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select id, location_id, day, created_at, report::text from climate_reports where id = $1");
        command.Parameters.Add(new() { Value = id.Value });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        if (!await reader.ReadAsync(cancellationToken))
        {
            return NotFound.ToProblem();
        }

        using var report = JsonDocument.Parse(reader.GetString(4));
        return TypedResults.Ok(new Row(reader.GetGuid(0), reader.GetGuid(1), reader.GetFieldValue<DateOnly>(2), reader.GetFieldValue<DateTimeOffset>(3), report.RootElement.Clone()));
    }
}
