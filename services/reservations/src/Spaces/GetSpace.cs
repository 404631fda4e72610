using System.Text.Json;
using System.Text.Json.Serialization;
using Coworking.Contracts;
using Coworking.Hosting.Http;
using Coworking.Hosting.Json;
using Coworking.Reservations.Database;
using Coworking.Reservations.OfficeHours;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.Spaces;

/// <summary>GET /spaces/:id, with its whole location, its office hours and the twin of its device.</summary>
internal static class GetSpace
{
    private const string Sql = $"""
        select {SpaceRow.Columns}, l.timezone, l.address, l.contacts, l.created_at, l.updated_at, t.desired, t.reported, {OfficeHoursRow.Columns}
        from {SpaceRow.Tables} left join office_hours h on h.space_id = s.id left join space_twins t on t.space_id = s.id
        where s.id = $1 and s.removed_at is null
        """;

    internal static async Task<Results<Ok<Detail>, ProblemHttpResult>> Handle(RouteId id, NpgsqlDataSource database, CancellationToken cancellationToken) =>
        await database.FindAsync(Sql, Read, cancellationToken, id.Value) is { } space ? TypedResults.Ok(space) : SpaceRefusals.NotFound.ToProblem();

    private static Detail Read(NpgsqlDataReader reader)
    {
        const int At = SpaceRow.ColumnCount;
        var row = SpaceRow.Read(reader);
        return new Detail(
            row.Id,
            row.LocationId,
            row.Name,
            row.Reference,
            row.Capacity,
            row.Description,
            row.Kind,
            row.Bookable,
            row.Active,
            row.Amenities,
            row.Climate,
            row.BufferBefore,
            row.BufferAfter,
            row.CreatedAt,
            row.UpdatedAt,
            new Place(
                row.Location.Id,
                row.Location.Name,
                row.Location.Latitude,
                row.Location.Longitude,
                reader.GetString(At),
                reader.Text(At + 1),
                reader.GetFieldValue<string[]>(At + 2),
                reader.Instant(At + 3),
                reader.Instant(At + 4)),
            row.Count,
            reader.IsDBNull(At + 7) ? null : OfficeHoursRow.Read(reader, At + 7),
            Half<TwinDesired>(reader, At + 5),
            Half<TwinReported>(reader, At + 6));
    }

    private static T? Half<T>(NpgsqlDataReader reader, int column)
        where T : class => reader.Text(column) is { } json ? JsonSerializer.Deserialize<T>(json, JsonSetup.Wire) : null;

    internal sealed record Detail(
        Guid Id,
        Guid LocationId,
        string Name,
        string? Reference,
        int Capacity,
        string? Description,
        string Kind,
        bool Bookable,
        bool Active,
        string[] Amenities,
        SpaceClimate? Climate,
        int BufferBefore,
        int BufferAfter,
        DateTimeOffset CreatedAt,
        DateTimeOffset UpdatedAt,
        Place Location,
        [property: JsonPropertyName("_count")] SpaceRow.Counts Count,
        OfficeHoursRow? OfficeHours,
        TwinDesired? DeviceDesired,
        TwinReported? DeviceReported);

    /// <summary>The whole location.</summary>
    internal sealed record Place(
        Guid Id,
        string Name,
        double Latitude,
        double Longitude,
        string Timezone,
        string? Address,
        string[] Contacts,
        DateTimeOffset CreatedAt,
        DateTimeOffset UpdatedAt);
}
