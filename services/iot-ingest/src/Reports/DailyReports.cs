using System.Text.Json;
using Coworking.Hosting.Json;
using Coworking.Hosting.Leases;
using Coworking.IotIngest.Windows;
using Npgsql;
using NpgsqlTypes;

namespace Coworking.IotIngest.Reports;

/// <summary>
/// Stores the climate report of each location's yesterday at 06:00 local time, when samples that a night's outage held back have come.
/// Once per location and day whoever runs it: a constraint decides. After downtime it makes up for the last days.
/// </summary>
internal sealed class DailyReports(NpgsqlDataSource database, LeaseStore leases, TimeProvider clock, ILogger<DailyReports> log)
    : LeasedService("climate-reports", leases, clock, log)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    // A location that has no report yet begins with yesterday: its past before this job is nobody's downtime.
    private const string Due = """
        select l.id, l.name, l.timezone, n.day::date
        from (select id, name, timezone, ($1::timestamptz at time zone known_zone(timezone) - interval '6 hours')::date - 1 as last from locations where not removed) l
        cross join lateral (select max(day) as day from climate_reports r where r.location_id = l.id) stored
        cross join lateral generate_series(greatest(l.last - 6, coalesce(stored.day + 1, l.last)), l.last, interval '1 day') as n (day)
        order by n.day, l.id
        """;

    private readonly TimeProvider _clock = clock;

    /// <summary>What is kept: every space of the location on one day.</summary>
    internal sealed record LocationReport(Guid LocationId, string Name, string Timezone, DateOnly Day, IReadOnlyList<SpaceDay> Spaces);

    internal sealed record SpaceDay(Guid SpaceId, string Name, ClimateDay Climate);

    private sealed record DueReport(Guid LocationId, string Name, string Timezone, DateOnly Day);

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);

        foreach (var due in await DueAsync(connection, now, cancellationToken))
        {
            await StoreAsync(connection, due, now, cancellationToken);
        }
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await RunOnceAsync(cancellationToken);
            await Task.Delay(Every, _clock, cancellationToken);
        }
    }

    private async Task StoreAsync(NpgsqlConnection connection, DueReport due, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var spaces = new List<SpaceDay>();

        foreach (var id in await SpacesAsync(connection, due.LocationId, cancellationToken))
        {
            if (await SeriesSpace.FindAsync(connection, id, cancellationToken) is { } space)
            {
                var report = await ClimateReport.ReadAsync(connection, space, due.Day, due.Day, now, cancellationToken);
                spaces.AddRange(report.Days.Select(day => new SpaceDay(report.SpaceId, report.Name, day)));
            }
        }

        await using var command = new NpgsqlCommand(
            "insert into climate_reports (id, location_id, day, created_at, report) values ($1, $2, $3, $4, $5) on conflict on constraint climate_reports_once do nothing", connection);
        command.Parameters.Add(new() { Value = Guid.CreateVersion7() });
        command.Parameters.Add(new() { Value = due.LocationId });
        command.Parameters.Add(new() { Value = due.Day });
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        command.Parameters.Add(new()
        {
            Value = JsonSerializer.Serialize(new LocationReport(due.LocationId, due.Name, due.Timezone, due.Day, spaces), JsonSetup.Wire),
            NpgsqlDbType = NpgsqlDbType.Jsonb,
        });

        if (await command.ExecuteNonQueryAsync(cancellationToken) == 1)
        {
            IotIngestLog.ClimateReportStored(log, due.LocationId, due.Day);
        }
    }

    private static async Task<List<DueReport>> DueAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Due, connection);
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        var due = new List<DueReport>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            due.Add(new DueReport(reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateOnly>(3)));
        }

        return due;
    }

    private static async Task<List<Guid>> SpacesAsync(NpgsqlConnection connection, Guid location, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select id from spaces where location_id = $1 and not removed order by name, id", connection);
        command.Parameters.Add(new() { Value = location });
        var ids = new List<Guid>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            ids.Add(reader.GetGuid(0));
        }

        return ids;
    }
}
