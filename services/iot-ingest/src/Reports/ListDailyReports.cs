using Coworking.Hosting.Http;
using Npgsql;

namespace Coworking.IotIngest.Reports;

/// <summary>GET /iot/reports/climate/daily?locationId=: the stored reports, the newest day first, without their content.</summary>
internal static class ListDailyReports
{
    internal sealed record Row(Guid Id, Guid LocationId, DateOnly Day, DateTimeOffset CreatedAt);

    internal static async Task<Page<Row>> Handle(PageRequest page, HttpRequest request, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var location = QueryValues.Uuid(request.Query, "locationId");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var count = new NpgsqlCommand("select count(*) from climate_reports where $1::uuid is null or location_id = $1", connection);
        count.Parameters.Add(new NpgsqlParameter<Guid?> { TypedValue = location });
        var total = (long)(await count.ExecuteScalarAsync(cancellationToken))!;
        await using var command = new NpgsqlCommand("""
            select id, location_id, day, created_at from climate_reports where $1::uuid is null or location_id = $1
            order by day desc, location_id limit $2 offset $3
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid?> { TypedValue = location });
        command.Parameters.Add(new() { Value = page.Size });
        command.Parameters.Add(new() { Value = page.Offset });
        var rows = new List<Row>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new Row(reader.GetGuid(0), reader.GetGuid(1), reader.GetFieldValue<DateOnly>(2), reader.GetFieldValue<DateTimeOffset>(3)));
        }

        return page.Of(rows, total);
    }
}
