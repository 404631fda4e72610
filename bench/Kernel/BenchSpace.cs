using Npgsql;
using NpgsqlTypes;

namespace Coworking.Bench;

/// <summary>A space with its one device.</summary>
internal sealed record BenchSpace(Guid LocationId, Guid Id)
{
    public string Topic => $"sites/{LocationId}/offices/{Id}/telemetry";

    public static List<BenchSpace> Many(int locations, int spaces)
    {
        var sites = Enumerable.Range(0, locations).Select(_ => Guid.CreateVersion7()).ToArray();
        return [.. Enumerable.Range(0, spaces).Select(i => new BenchSpace(sites[i % locations], Guid.CreateVersion7()))];
    }

    /// <summary>Makes them known to iot-ingest as its own consumer would: rows, then a notice to the replicas. Thousands of bookable rooms by HTTP would only take longer.</summary>
    public static async Task RegisterAsync(NpgsqlDataSource database, IReadOnlyList<BenchSpace> spaces, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var insert = new NpgsqlCommand("""
            with given as (select * from unnest($1, $2) with ordinality as g (location_id, id, number)),
                sites as (insert into iot.locations (id, name, timezone, version) select distinct location_id, 'Bench', 'UTC', 1 from given on conflict do nothing)
            insert into iot.spaces (id, location_id, name, kind, capacity, bookable, active, timezone, version)
            select id, location_id, 'Bench ' || number, 'meeting_room', 8, true, true, 'UTC', 1 from given order by number
            """, connection);
        insert.Parameters.Add(new() { Value = spaces.Select(space => space.LocationId).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        insert.Parameters.Add(new() { Value = spaces.Select(space => space.Id).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        await insert.ExecuteNonQueryAsync(cancellationToken);
        await using var notify = new NpgsqlCommand("select pg_notify('iot_spaces', '')", connection);
        await notify.ExecuteNonQueryAsync(cancellationToken);
    }
}
