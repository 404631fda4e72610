using Coworking.Contracts;
using Coworking.Hosting.Leases;
using Coworking.Hosting.Messaging;
using Coworking.IotIngest.Database;
using Microsoft.EntityFrameworkCore;

namespace Coworking.IotIngest.Messaging;

/// <summary>What was said before this service's queues existed is gone: as long as no location is known, the owners are asked to say it again.</summary>
internal sealed class RequestSnapshot(IServiceScopeFactory scopes, LeaseStore leases, TimeProvider clock, ILogger<RequestSnapshot> log) : LeasedService("snapshot", leases, clock, log)
{
    // Soon at first, for a platform that starts all at once; then rarely, for one that has no locations yet.
    private static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private readonly TimeProvider _clock = clock;

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        for (var pause = First; ; pause = pause * 2 < Longest ? pause * 2 : Longest)
        {
            await Task.Delay(pause, _clock, cancellationToken);
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<IotDb>();

            if (await db.Database.SqlQuery<bool>($"select exists(select from locations) as \"Value\"").SingleAsync(cancellationToken))
            {
                // The lease is kept and nothing done: another replica would only find the same.
                await Task.Delay(Timeout.InfiniteTimeSpan, _clock, cancellationToken);
            }

            var now = _clock.GetUtcNow();
            var id = Guid.CreateVersion7(now);
            db.Outbox.Add(OutboxMessage.Of(new SnapshotRequested(id, now, "iot-ingest"), id, now));
            await db.SaveChangesAsync(cancellationToken);
            IotIngestLog.SnapshotAsked(log);
        }
    }
}
