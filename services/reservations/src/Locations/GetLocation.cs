using System.Text.Json.Serialization;
using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.Locations;

/// <summary>GET /locations/:id, with its spaces by name.</summary>
internal static class GetLocation
{
    internal static async Task<Results<Ok<Detail>, ProblemHttpResult>> Handle(RouteId id, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var row = await database.FindAsync(
            $"select {LocationRow.Columns} from locations l where l.id = $1 and l.removed_at is null", LocationRow.Read, cancellationToken, id.Value);

        if (row is null)
        {
            return LocationRefusals.NotFound.ToProblem();
        }

        var spaces = await database.ListAsync(
            """
            select id, location_id, name, reference, capacity, description, kind, bookable, active, created_at, updated_at
            from spaces where location_id = $1 and removed_at is null order by name collate "und-x-icu", id
            """,
            reader => new SpaceOfLocation(
                reader.GetGuid(0),
                reader.GetGuid(1),
                reader.GetString(2),
                reader.Text(3),
                reader.GetInt32(4),
                reader.Text(5),
                reader.GetString(6),
                reader.GetBoolean(7),
                reader.GetBoolean(8),
                reader.Instant(9),
                reader.Instant(10)),
            cancellationToken,
            id.Value);
        return TypedResults.Ok(new Detail(
            row.Id, row.Name, row.Latitude, row.Longitude, row.Timezone, row.Address, row.Contacts, row.CreatedAt, row.UpdatedAt, row.Count, spaces));
    }

    internal sealed record Detail(
        Guid Id,
        string Name,
        double Latitude,
        double Longitude,
        string Timezone,
        string? Address,
        string[] Contacts,
        DateTimeOffset CreatedAt,
        DateTimeOffset UpdatedAt,
        [property: JsonPropertyName("_count")] LocationRow.Counts Count,
        IReadOnlyList<SpaceOfLocation> Spaces);

    /// <summary>A space as its location lists it.</summary>
    internal sealed record SpaceOfLocation(
        Guid Id,
        Guid LocationId,
        string Name,
        string? Reference,
        int Capacity,
        string? Description,
        string Kind,
        bool Bookable,
        bool Active,
        DateTimeOffset CreatedAt,
        DateTimeOffset UpdatedAt);
}
