using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.Spaces;

/// <summary>GET /spaces?locationId=. An unknown location simply has none.</summary>
internal static class ListSpaces
{
    private const string ByName = """s.name collate "und-x-icu", s.id""";

    internal static async Task<Ok<Page<SpaceRow>>> Handle(PageRequest page, HttpRequest request, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var query = QueryValues.Uuid(request.Query, "locationId") is { } locationId
            ? new ListQuery(SpaceRow.Columns, $"{SpaceRow.Tables} where s.removed_at is null and s.location_id = $1", ByName, locationId)
            : new ListQuery(SpaceRow.Columns, $"{SpaceRow.Tables} where s.removed_at is null", ByName);

        return TypedResults.Ok(await database.PageAsync(query, SpaceRow.Read, page, cancellationToken));
    }
}
