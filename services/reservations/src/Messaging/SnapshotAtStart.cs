using System.Data.Common;
using Coworking.Contracts;
using Coworking.Reservations.Database;
using Coworking.Reservations.Occupancies;
using Coworking.Reservations.Twins;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Messaging;

/// <summary>
/// Asks for twins and occupancies once the queues that will receive them stand, where this service has none yet: what was said before a queue existed is gone.
/// </summary>
internal sealed class SnapshotAtStart(IBusControl bus, IServiceScopeFactory scopes, TimeProvider clock, ILogger<SnapshotAtStart> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken);

        while (!await TryAskAsync(stoppingToken))
        {
            await Task.Delay(Pause, clock, stoppingToken);
        }
    }

    private async Task<bool> TryAskAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ReservationsDb>();

        try
        {
            if (!await SpaceTwin.AnyAsync(db, cancellationToken) || !await SpaceOccupancy.AnyAsync(db, cancellationToken))
            {
                var now = clock.GetUtcNow();
                db.Say(new SnapshotRequested(Guid.CreateVersion7(now), now, "reservations"));
                await db.SaveChangesAsync(cancellationToken);
                log.AskedForSnapshot();
            }

            return true;
        }
        catch (Exception e) when (e is DbException or DbUpdateException or InvalidOperationException { InnerException: DbException })
        {
            // The database is away: readiness says so already.
            return false;
        }
    }
}
