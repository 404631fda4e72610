using Coworking.Contracts;
using Coworking.Hosting.Leases;
using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Live;
using Npgsql;

namespace Coworking.IotIngest.Twins;

/// <summary>Says of twins that differ for too long that they have diverged, once. By the server's clock; equality is seen where it is written.</summary>
internal sealed class TwinWatch(NpgsqlDataSource database, LeaseStore leases, TimeProvider clock, ILogger<TwinWatch> log) : LeasedService("twins", leases, clock, log)
{
    /// <summary>How long a device may take, from when the broker got the desired state or from when the halves began to differ, whichever was later.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private const int Window = 500;

    // A space without a device stays pending: nobody is there to answer. One that has answered before, or has a device registered, has somebody.
    private const string IsDue = """
        t.status = 'pending' and t.published_version = t.desired_version and greatest(t.desired_published_at, t.status_since) <= $1
            and not s.removed and (t.reported_at is not null or exists (select from devices d where d.space_id = t.space_id and d.created_at <= $1))
        """;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _clock = clock;

    /// <returns>How many have diverged.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var diverged = 0;

        foreach (var spaceId in await DueAsync(_clock.GetUtcNow() - Patience, cancellationToken))
        {
            diverged += await DivergeAsync(spaceId, _clock.GetUtcNow(), cancellationToken) ? 1 : 0;
        }

        return diverged;
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (await RunOnceAsync(cancellationToken) is > 0 and var diverged)
                {
                    IotIngestLog.TwinsDiverged(log, diverged);
                }
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                IotIngestLog.TwinsDelayed(log, e.Message);
            }

            await Task.Delay(Every, _clock, cancellationToken);
        }
    }

    private async Task<List<Guid>> DueAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"select t.space_id from twins t join spaces s on s.id = t.space_id where {IsDue} order by t.status_since limit {Window}");
        command.Parameters.Add(new() { Value = before.UtcDateTime });
        var due = new List<Guid>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            due.Add(reader.GetGuid(0));
        }

        return due;
    }

    private async Task<bool> DivergeAsync(Guid spaceId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        if (await AlertBook.LockSpaceAsync(connection, spaceId, AlertKind.TwinDivergence, cancellationToken) is null)
        {
            return false;
        }

        var before = await Twin.LockAsync(connection, spaceId, cancellationToken);

        if (await MarkAsync(connection, spaceId, now, cancellationToken) is not { } since)
        {
            return false;
        }

        var effects = new Effects(now);
        var id = Guid.CreateVersion7(now);
        effects.Say(id, new TwinDiverged(id, now, before.Version, spaceId, [.. before.Delta.Keys]));
        // A rule that is disabled takes the alert away, not the fact.
        await AlertBook.OpenAsync(
            connection, spaceId, AlertKind.TwinDivergence, since, since + Patience, new { delta = before.Delta, desiredVersion = before.DesiredVersion }, effects, cancellationToken);
        await effects.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Asked again under the lock, so that it is said once whoever asks; answers since when it counts.</summary>
    private static async Task<DateTimeOffset?> MarkAsync(NpgsqlConnection connection, Guid spaceId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Judged against the row as it was before: what is returned is as it is after.
        await using var command = new NpgsqlCommand($"""
            with due as (select t.space_id, greatest(t.desired_published_at, t.status_since) as since from twins t join spaces s on s.id = t.space_id where t.space_id = $2 and {IsDue})
            update twins t set status = 'diverged', status_since = $3 from due where t.space_id = due.space_id returning due.since
            """, connection);
        command.Parameters.Add(new() { Value = (now - Patience).UtcDateTime });
        command.Parameters.Add(new() { Value = spaceId });
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        return await command.ExecuteScalarAsync(cancellationToken) is DateTime since ? new DateTimeOffset(since, TimeSpan.Zero) : null;
    }
}
