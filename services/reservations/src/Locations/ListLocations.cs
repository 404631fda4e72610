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

    /// <summary>Every client begins with this list, and it fits a page: they share the reading of it.</summary>
    internal static SharedReads<PageRequest, Page<LocationRow>> Reads(NpgsqlDataSource database) =>
        new(page => database.PageAsync(Query, LocationRow.Read, page, CancellationToken.None));

    internal static async Task<Ok<Page<LocationRow>>> Handle(
        PageRequest page, SharedReads<PageRequest, Page<LocationRow>> reads, CancellationToken cancellationToken) =>
        TypedResults.Ok(await reads.ReadAsync(page, cancellationToken));
}
