using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.Locations;

/// <summary>GET /locations. By name, as people sort names: accents and case do not send one to the end.</summary>
internal static class ListLocations
{
    private static readonly ListQuery Query = new(
        LocationRow.Columns, "locations l where l.removed_at is null", """l.name collate "und-x-icu", l.id""");

    internal static async Task<Ok<Page<LocationRow>>> Handle(PageRequest page, NpgsqlDataSource database, CancellationToken cancellationToken) =>
        TypedResults.Ok(await database.PageAsync(Query, LocationRow.Read, page, cancellationToken));
}
