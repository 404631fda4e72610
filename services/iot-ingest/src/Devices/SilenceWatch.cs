using Coworking.Contracts;
using Coworking.Hosting.Leases;
using Coworking.IotIngest.Live;
using Coworking.IotIngest.Spaces;
using Npgsql;

namespace Coworking.IotIngest.Devices;

/// <summary>
/// Says of a device that was silent for max(15 min, 3 × sampling interval), by the server's clock, while its space's partition was followed, that it is offline.
/// One replica at a time.
/// </summary>
internal sealed class SilenceWatch(NpgsqlDataSource database, LeaseStore leases, TimeProvider clock, ILogger<SilenceWatch> log)
    : LeasedService("device-silence", leases, clock, log)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _clock = clock;

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var effects = new Effects(_clock.GetUtcNow());
        await using var command = new NpgsqlCommand($"""
            update devices d set online = false, presence_version = d.presence_version + 1
            where d.id in (
                select o.id from devices o
                left join spaces s on s.id = o.space_id
                left join twins t on t.space_id = o.space_id
                cross join lateral (select greatest(interval '15 minutes', 3 * coalesce(t.desired_sampling_sec, {Space.DefaultSamplingSeconds}) * interval '1 second') as allowed offset 0) a
                where o.online and greatest(o.last_seen_at, (select listening_since from silence_watch)) < $1 - a.allowed
                    and (s.id is null or followed_since(s.location_id) < $1 - a.allowed)
                order by o.id for update of o)
            returning d.id, d.space_id, d.presence_version, d.last_seen_at
            """, connection);
        command.Parameters.Add(new() { Value = effects.Now.UtcDateTime });
        var any = false;

        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                any = true;
                var message = Guid.CreateVersion7(effects.Now);
                effects.Say(message, new DeviceWentOffline(
                    message, effects.Now, reader.GetInt64(2), reader.GetGuid(0), reader.GetGuid(1), reader.GetFieldValue<DateTimeOffset>(3)));
            }
        }

        if (any)
        {
            await effects.WriteAsync(connection, cancellationToken);
            await DeviceChange.TellReplicasAsync(connection, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            // Silence counts only while somebody was there to hear (silence_watch). A breath first: what the replicas have heard while the database was away has to be written before anyone is called silent.
            await Task.Delay(Every, _clock, cancellationToken);
            await RunOnceAsync(cancellationToken);
        }
    }
}
