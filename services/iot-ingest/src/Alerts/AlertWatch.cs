using Coworking.Hosting.Leases;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Coworking.IotIngest.Alerts;

/// <summary>What only the server's clock can notice: sensors that have fallen silent, and alerts that nobody takes notice of. One replica at a time.</summary>
internal sealed class AlertWatch(
    NpgsqlDataSource database, LeaseStore leases, IngestMetrics metrics, IOptions<IotIngestOptions> options, TimeProvider clock, ILogger<AlertWatch> log)
    : LeasedService("alerts", leases, clock, log)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _clock = clock;

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        if (await SilentSensors.ReportAsync(database, _clock, cancellationToken) is > 0 and var silent)
        {
            IotIngestLog.SensorsSilent(log, silent);
        }

        if (await Escalation.RunAsync(database, options.Value.EscalationLevels, _clock, cancellationToken) is > 0 and var escalated)
        {
            IotIngestLog.AlertsEscalated(log, escalated);
        }

        metrics.OpenAlerts = await OpenAsync(cancellationToken);
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                try
                {
                    await RunOnceAsync(cancellationToken);
                }
                catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
                {
                    IotIngestLog.AlertsDelayed(log, e.Message);
                }

                await Task.Delay(Every, _clock, cancellationToken);
            }
        }
        finally
        {
            // The next holder counts: two who do would show twice as many.
            metrics.OpenAlerts = [];
        }
    }

    private async Task<List<(string Kind, string Severity, long Count)>> OpenAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select kind, severity, count(*) from alerts where resolved_at is null group by kind, severity");
        var open = new List<(string, string, long)>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            open.Add((reader.GetString(0), reader.GetString(1), reader.GetInt64(2)));
        }

        return open;
    }
}
