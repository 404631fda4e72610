using Coworking.Hosting.Leases;
using Coworking.IotIngest.Spaces;
using Npgsql;

namespace Coworking.IotIngest.Partitions;

/// <summary>Holds this replica's share of the partitions under leases; hands over when replicas join, takes over when they leave or die.</summary>
internal sealed class PartitionManager(
    PartitionSessions sessions, PartitionLeases leases, SpaceDirectory spaces, IngestMetrics metrics, TimeProvider clock, ILogger<PartitionManager> log) : BackgroundService
{
    private readonly SortedDictionary<int, PartitionSession> _held = [];
    private long _renewedAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        spaces.LocationsChanged = Resubscribe;
        _renewedAt = clock.GetTimestamp();

        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await BalanceAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException or OperationCanceledException)
            {
                IotIngestLog.LeasesUnsure(log, e.Message);

                // Not renewed for nearly a lease's life: another may take over any moment, so this replica must be gone by then.
                if (clock.GetElapsedTime(_renewedAt) > LeaseStore.Duration - LeaseStore.RenewEvery)
                {
                    await StopAsync(_held.Keys, drain: false);
                }
            }

            var pause = _held.Count == 0 ? TimeSpan.FromSeconds(1) : LeaseStore.RenewEvery;
            await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        spaces.LocationsChanged = null;
        await LeaveAsync();
    }

    private async Task BalanceAsync(CancellationToken cancellationToken)
    {
        var alive = await leases.BeatAsync(cancellationToken);
        var still = await leases.RenewAsync([.. _held.Keys], cancellationToken);
        _renewedAt = clock.GetTimestamp();
        await StopAsync(_held.Keys.Except(still), drain: false);
        var share = FairShare.Of(alive, leases.Self, leases.Count);

        if (_held.Count > share)
        {
            var extra = _held.Keys.Reverse().Take(_held.Count - share).ToArray();
            await StopAsync(extra, drain: true);
            await leases.ReleaseAsync(extra, cancellationToken);
        }

        if (_held.Count < share)
        {
            foreach (var partition in await leases.TakeAsync(share - _held.Count, cancellationToken))
            {
                _held[partition] = sessions.Start(partition, leases);
            }
        }

        metrics.PartitionsHeld = _held.Count;
    }

    private async Task StopAsync(IEnumerable<int> partitions, bool drain)
    {
        var stopping = partitions.ToArray();
        await Task.WhenAll(stopping.Select(partition => _held[partition].StopAsync(drain)));

        foreach (var partition in stopping)
        {
            _held.Remove(partition);
        }

        metrics.PartitionsHeld = _held.Count;
    }

    /// <summary>Settles what was taken in, leaves the sessions on the broker as they are, and frees the leases, so that others need not wait.</summary>
    private async Task LeaveAsync()
    {
        var held = _held.Keys.ToArray();
        await StopAsync(held, drain: true);

        try
        {
            using var brief = new CancellationTokenSource(TimeSpan.FromSeconds(2), clock);
            await leases.LeaveAsync(held, brief.Token);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException or OperationCanceledException)
        {
            // The leases expire by themselves.
        }
    }

    private void Resubscribe()
    {
        foreach (var session in _held.Values.ToArray())
        {
            session.Resubscribe();
        }
    }
}
