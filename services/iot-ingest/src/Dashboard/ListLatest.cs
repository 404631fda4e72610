using Coworking.Hosting.Http;
using Coworking.IotIngest.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Dashboard;

/// <summary>GET /iot/latest?locationId=: the newest reading of every space, by name; a space that never spoke is there, with nulls.</summary>
internal static class ListLatest
{
    internal static async Task<Results<Ok<Page<LatestReading>>, ProblemHttpResult>> Handle(
        PageRequest page, HttpRequest request, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken)
    {
        var location = QueryValues.Uuid(request.Query, "locationId");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);

        if (location is { } id && !await SpaceQueries.LocationExistsAsync(connection, id, cancellationToken))
        {
            return LocationRefusals.NotFound.ToProblem();
        }

        await using var count = new NpgsqlCommand("select count(*) from spaces where not removed and ($1::uuid is null or location_id = $1)", connection);
        count.Parameters.Add(new NpgsqlParameter<Guid?> { TypedValue = location });
        var total = (long)(await count.ExecuteScalarAsync(cancellationToken))!;
        await using var command = new NpgsqlCommand($"""
            select {LatestReading.Columns} from {LatestReading.Tables}
            where not s.removed and ($1::uuid is null or s.location_id = $1) order by s.name, s.id limit $2 offset $3
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid?> { TypedValue = location });
        command.Parameters.Add(new() { Value = page.Size });
        command.Parameters.Add(new() { Value = page.Offset });
        var rows = new List<LatestReading>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(LatestReading.Read(reader, clock.GetUtcNow()));
        }

        return TypedResults.Ok(page.Of(rows, total));
    }
}
