using Coworking.Hosting.Http;
using Coworking.Hosting.Leases;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Dashboard;

/// <summary>GET /iot/dashboard?locationId=: what a person at the desk wants to know in one look.</summary>
internal static class GetDashboard
{
    /// <param name="At">When this was true.</param>
    /// <param name="Locations">By name, each as bad as its worst space.</param>
    /// <param name="Spaces">How many.</param>
    /// <param name="Devices">Registered ones.</param>
    /// <param name="OpenAlerts">Everywhere that was asked for.</param>
    /// <param name="Messages">Of the last minute, over all replicas and all locations.</param>
    internal sealed record Board(DateTimeOffset At, SpaceStatus Status, int Spaces, DeviceCount Devices, AlertCount OpenAlerts, MessageCount Messages, List<LocationBoard> Locations);

    internal sealed record LocationBoard(Guid Id, string Name, SpaceStatus Status, DeviceCount Devices, AlertCount OpenAlerts, List<SpaceBoard> Spaces);

    internal sealed record SpaceBoard(Guid Id, string Name, SpaceStatus Status, AlertCount OpenAlerts, DeviceCount Devices, DateTimeOffset? LatestAt, bool Stale);

    internal sealed record DeviceCount(int Online, int Offline);

    internal sealed record MessageCount(long Accepted, long Rejected);

    private static readonly string Spaces = $"""
        select {LatestReading.Columns}, coalesce(l.name, ''), {SpaceStatusSql.BeyondLimits}, coalesce(d.online, 0), coalesce(d.offline, 0), a.kinds, a.severities
        from {LatestReading.Tables}
        left join locations l on l.id = s.location_id
        left join (select space_id, count(*) filter (where online)::int as online, count(*) filter (where not online)::int as offline from devices group by space_id) d on d.space_id = s.id
        left join (select space_key, array_agg(kind order by kind) as kinds, array_agg(severity order by kind) as severities from alerts where resolved_at is null group by space_key) a
            on a.space_key = s.key
        where not s.removed and ($1::uuid is null or s.location_id = $1)
        order by coalesce(l.name, ''), s.location_id, s.name, s.id
        """;

    internal static async Task<Results<Ok<Board>, ProblemHttpResult>> Handle(HttpRequest request, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken)
    {
        var location = QueryValues.Uuid(request.Query, "locationId");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);

        if (location is { } id && !await SpaceQueries.LocationExistsAsync(connection, id, cancellationToken))
        {
            return LocationRefusals.NotFound.ToProblem();
        }

        var now = clock.GetUtcNow();
        var spaces = await SpacesAsync(connection, location, now, cancellationToken);
        var locations = spaces.GroupBy(row => (row.LocationId, row.LocationName), row => row.Space)
            .Select(group => new LocationBoard(group.Key.LocationId, group.Key.LocationName, Worst(group), Sum(group), AlertCount.Sum(group.Select(space => space.OpenAlerts)), [.. group]))
            .ToList();
        var all = spaces.ConvertAll(row => row.Space);
        return TypedResults.Ok(new Board(
            now, Worst(all), all.Count, Sum(all), AlertCount.Sum(all.Select(space => space.OpenAlerts)), await MessagesAsync(connection, cancellationToken), locations));
    }

    private static async Task<List<(Guid LocationId, string LocationName, SpaceBoard Space)>> SpacesAsync(
        NpgsqlConnection connection, Guid? location, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Spaces, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid?> { TypedValue = location });
        var rows = new List<(Guid, string, SpaceBoard)>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        const int After = 7 + Metric.Count;

        while (await reader.ReadAsync(cancellationToken))
        {
            var latest = LatestReading.Read(reader, now);
            var alerts = reader.IsDBNull(After + 4) ? AlertCount.None : AlertCount.Of(reader.GetFieldValue<string[]>(After + 4), reader.GetFieldValue<string[]>(After + 5));
            var status = alerts.Total > 0 ? SpaceStatus.ALARM : reader.GetBoolean(After + 1) ? SpaceStatus.WARNING : SpaceStatus.OK;
            rows.Add((
                latest.LocationId,
                reader.GetString(After),
                new SpaceBoard(latest.SpaceId, latest.Name, status, alerts, new DeviceCount(reader.GetInt32(After + 2), reader.GetInt32(After + 3)), latest.At, latest.Stale)));
        }

        return rows;
    }

    /// <summary>What every live replica said with its last heartbeat.</summary>
    private static async Task<MessageCount> MessagesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select coalesce(sum(accepted_last_minute), 0)::bigint, coalesce(sum(rejected_last_minute), 0)::bigint from replicas where seen_at > now() - $1", connection);
        command.Parameters.Add(new() { Value = LeaseStore.Duration });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new MessageCount(reader.GetInt64(0), reader.GetInt64(1));
    }

    private static SpaceStatus Worst(IEnumerable<SpaceBoard> spaces) => spaces.Select(space => space.Status).DefaultIfEmpty(SpaceStatus.OK).Max();

    private static DeviceCount Sum(IEnumerable<SpaceBoard> spaces) =>
        spaces.Aggregate(new DeviceCount(0, 0), (sum, space) => new DeviceCount(sum.Online + space.Devices.Online, sum.Offline + space.Devices.Offline));
}
