using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.OfficeHours;

/// <summary>GET /iot/spaces/:id/office-hours. A space without hours has none to get: 404, in other words than an unknown space.</summary>
internal static class GetOfficeHours
{
    private const string Sql = $"""
        select {OfficeHoursRow.Columns} from spaces s left join office_hours h on h.space_id = s.id
        where s.id = $1 and s.removed_at is null
        """;

    internal static async Task<Results<Ok<OfficeHoursRow>, ProblemHttpResult>> Handle(
        RouteId id, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var found = await database.ListAsync(Sql, reader => reader.IsDBNull(0) ? null : OfficeHoursRow.Read(reader, 0), cancellationToken, id.Value);
        return found switch
        {
            [] => OfficeHoursRefusals.SpaceNotFound.ToProblem(),
            [{ } hours] => TypedResults.Ok(hours),
            _ => OfficeHoursRefusals.NotFound.ToProblem(),
        };
    }
}
