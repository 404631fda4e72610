using Coworking.Hosting.Leases;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Coworking.IotIngest.Alerts;

/// <summary>What only the server's clock can notice: sensors that have fallen silent, and alerts that nobody takes notice of. One replica at a time.</summary>
internal sealed class AlertWatch(NpgsqlDataSource database, LeaseStore leases, IOptions<IotIngestOptions> options, TimeProvider clock, ILogger<AlertWatch> log)
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
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
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
}
