using Coworking.Hosting.Http;
using Npgsql;

namespace Coworking.IotIngest.Devices;

/// <summary>GET /devices: registered devices by serial number.</summary>
internal static class ListDevices
{
    internal static async Task<Page<DeviceRow>> Handle(PageRequest page, HttpRequest request, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        const string Wanted = "($1::uuid is null or d.space_id = $1) and ($2::uuid is null or s.location_id = $2) and ($3::boolean is null or d.online = $3)";
        var space = new NpgsqlParameter<Guid?> { TypedValue = QueryValues.Uuid(request.Query, "spaceId") };
        var location = new NpgsqlParameter<Guid?> { TypedValue = QueryValues.Uuid(request.Query, "locationId") };
        var online = new NpgsqlParameter<bool?> { TypedValue = QueryValues.Flag(request.Query, "online") };
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var count = new NpgsqlCommand($"select count(*) from devices d left join spaces s on s.id = d.space_id where {Wanted}", connection);
        count.Parameters.AddRange(new[] { space.Clone(), location.Clone(), online.Clone() });
        var total = (long)(await count.ExecuteScalarAsync(cancellationToken))!;
        await using var command = new NpgsqlCommand($"{DeviceRow.Select} where {Wanted} order by d.serial_number limit $4 offset $5", connection);
        command.Parameters.AddRange(new NpgsqlParameter[] { space, location, online, new() { Value = page.Size }, new() { Value = page.Offset } });
        var rows = new List<DeviceRow>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(DeviceRow.Read(reader));
        }

        return page.Of(rows, total);
    }
}
