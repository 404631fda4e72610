using Coworking.Hosting.Leases;
using Coworking.IotIngest.Devices;
using Coworking.IotIngest.Spaces;
using Npgsql;

namespace Coworking.IotIngest.Partitions;

/// <summary>Holds this replica's share of the partitions under leases; hands over when replicas join, takes over when they leave or die.</summary>
internal sealed class PartitionHolder(
    PartitionSessions sessions, PartitionLeases leases, SpaceDirectory spaces, DeviceDirectory devices, IngestMetrics metrics, IHostApplicationLifetime lifetime,
    TimeProvider clock, ILogger<PartitionHolder> log) : BackgroundService
{
    // A second, not RenewEvery: what a dead replica held must be taken within its lease and little more.
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, PartitionSession> _held = [];
    private long _renewedAt;

    /// <summary>Partitions that this replica holds, and how many of them it is subscribed to.</summary>
    public (int Held, int Following) Present()
    {
        lock (_gate)
        {
            return (_held.Count, _held.Values.Count(session => session.IsFollowing));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // With the first word of the end, while requests are still finished: nobody who reads slowly keeps the next holder waiting.
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        await HoldAsync(leaving.Token);
    }

    private async Task HoldAsync(CancellationToken stoppingToken)
    {
        // Messages wait in the sessions: read before spaces and devices are known, they would be rejected for good.
        await Task.WhenAll(spaces.Loaded, devices.Loaded).WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
                    await StopAsync([.. _held.Keys], drain: false);
                }
            }

            await Task.Delay(Every, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        spaces.LocationsChanged = null;
        await LeaveAsync();
    }

    /// <summary>Partitions whose topics the broker refuses to this service.</summary>
    public int[] Refused
    {
        get
        {
            lock (_gate)
            {
                return [.. _held.Where(entry => entry.Value.IsRefused).Select(entry => entry.Key)];
            }
        }
    }

    private async Task BalanceAsync(CancellationToken cancellationToken)
    {
        // A database that does not answer is one that is away: waiting longer would outlast the leases.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LeaseStore.RenewEvery);
        var alive = await leases.BeatAsync(metrics.LastMinute.Sum(), limit.Token);
        var still = await leases.RenewAsync([.. _held.Keys], limit.Token);
        _renewedAt = clock.GetTimestamp();
        await StopAsync([.. _held.Keys.Except(still)], drain: false);
        var share = FairShare.Of(alive, leases.Self, leases.Count);

        if (_held.Count > share)
        {
            var extra = _held.Keys.Reverse().Take(_held.Count - share).ToArray();
            await StopAsync(extra, drain: true);
            limit.CancelAfter(LeaseStore.RenewEvery);
            await leases.ReleaseAsync(extra, limit.Token);
        }

        if (_held.Count < share)
        {
            foreach (var partition in await leases.TakeAsync(share - _held.Count, limit.Token))
            {
                Hold(partition, sessions.Start(partition, leases));
            }
        }

        metrics.PartitionsHeld = _held.Count;
        // Here, between a renewal that held and the next: who is connected but lost the lease, or is refused the topics, hears nothing.
        await leases.FollowAsync([.. _held.Where(entry => entry.Value is { IsFollowing: true, IsRefused: false }).Select(entry => entry.Key)], limit.Token);
    }

    private async Task StopAsync(int[] partitions, bool drain)
    {
        var stopping = partitions.Select(LetGo).ToArray();
        await Task.WhenAll(stopping.Select(session => session.StopAsync(drain)));
        metrics.PartitionsHeld = _held.Count;
    }

    private void Hold(int partition, PartitionSession session)
    {
        lock (_gate)
        {
            _held[partition] = session;
        }
    }

    private PartitionSession LetGo(int partition)
    {
        lock (_gate)
        {
            var session = _held[partition];
            _held.Remove(partition);
            return session;
        }
    }

    /// <summary>Settles what was taken in, leaves the sessions on the broker as they are, and frees the leases, so that others need not wait.</summary>
    private async Task LeaveAsync()
    {
        await StopAsync([.. _held.Keys], drain: true);

        try
        {
            using var brief = new CancellationTokenSource(TimeSpan.FromSeconds(2), clock);
            await leases.LeaveAsync(brief.Token);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException or OperationCanceledException)
        {
            // The leases expire by themselves.
        }
    }

    private void Resubscribe()
    {
        // Called by whoever has read the locations, while partitions may come and go.
        lock (_gate)
        {
            foreach (var session in _held.Values)
            {
                session.Resubscribe();
            }
        }
    }
}
