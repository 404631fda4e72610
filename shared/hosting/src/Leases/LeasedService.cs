using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Coworking.Hosting.Leases;

/// <summary>Background work that one replica does at a time, for as long as it holds the lease of that name.</summary>
/// <param name="name">Name of the lease.</param>
/// <param name="leases">The leases of this service.</param>
/// <param name="clock">The clock that waits.</param>
/// <param name="log">Where a broken run is told.</param>
public abstract partial class LeasedService(string name, LeaseStore leases, TimeProvider clock, ILogger log) : BackgroundService, IHostedLifecycleService
{
    // Without a timer it holds nothing that would have to be given back.
    private readonly CancellationTokenSource _leaving = new();
    private Exception? _counted;

    /// <summary>Whether it goes on for as long as requests are being answered, because it finishes what they begin. Else it ends with the first word of the stop.</summary>
    protected virtual bool OutlastsRequests => false;

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>All of them at once, while requests still come: the host stops one service after the other, and the leases of a dozen would take a dozen round trips in a row.</summary>
    /// <param name="cancellationToken">Not looked at.</param>
    public Task StoppingAsync(CancellationToken cancellationToken) => OutlastsRequests ? Task.CompletedTask : _leaving.CancelAsync();

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The work. Called when the lease is held; must end soon after the token says that it is lost or the service stops.</summary>
    protected abstract Task RunWhileHeldAsync(CancellationToken cancellationToken);

    /// <summary>Counts a run of the work under the name of the lease, and as a failure where it breaks; one that is told to stop is neither.</summary>
    /// <param name="run">The run, begun.</param>
    protected async Task<T> CountAsync<T>(Task<T> run)
    {
        await CountAsync((Task)run);
        return await run;
    }

    /// <inheritdoc cref="CountAsync{T}"/>
    protected async Task CountAsync(Task run)
    {
        try
        {
            await run;
            JobMetrics.Ran(name);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _counted = e;
            JobMetrics.Ran(name);
            JobMetrics.Failed(name);
            throw;
        }
    }

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, _leaving.Token);
        await WorkAsync(either.Token);
    }

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await leases.ReleaseDeadAsync(stoppingToken);

                if (await leases.TryHoldAsync(name, stoppingToken))
                {
                    await HoldAsync(stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
#pragma warning disable CA1031 // Whatever broke, the next round tries again: background work may not die silently.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Broke(log, e, name);

                // Once, whether the work let a run's failure pass or broke elsewhere.
                if (!ReferenceEquals(e, _counted))
                {
                    JobMetrics.Failed(name);
                }
            }

            await WaitAsync(LeaseStore.RenewEvery, stoppingToken);
        }
    }

    private async Task HoldAsync(CancellationToken stoppingToken)
    {
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var work = RunWhileHeldAsync(lost.Token);

        try
        {
            while (!work.IsCompleted)
            {
                // A renewal must succeed well before the lease expires, or the work stops while it is still ours.
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                await Task.WhenAny(work, WaitAsync(LeaseStore.RenewEvery, stoppingToken));
                limit.CancelAfter(LeaseStore.Duration - (2 * LeaseStore.RenewEvery));

                if (!await leases.TryHoldAsync(name, limit.Token))
                {
                    break;
                }
            }
        }
        finally
        {
            await lost.CancelAsync();

            try
            {
                await work;
            }
            catch (OperationCanceledException) when (lost.IsCancellationRequested)
            {
                // The work was told to stop and did.
            }

            using var brief = new CancellationTokenSource(TimeSpan.FromSeconds(2), clock);
            await leases.ReleaseAsync(name, brief.Token);
        }
    }

    private async Task WaitAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(time, clock, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Stopping is seen by the loop.
        }
    }

    [LoggerMessage(110, LogLevel.Error, "Background work {Name} broke and starts again")]
    private static partial void Broke(ILogger log, Exception exception, string name);
}
