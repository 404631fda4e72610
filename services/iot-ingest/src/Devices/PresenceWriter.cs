using Coworking.Contracts;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Live;
using Npgsql;

namespace Coworking.IotIngest.Devices;

/// <summary>Writes when this replica's devices were last heard of: arrivals at once, the rest every few seconds. A row per sample would double what a sample costs.</summary>
internal sealed class PresenceWriter(DeviceDirectory devices, NpgsqlDataSource database, TimeProvider clock, ILogger<PresenceWriter> log) : BackgroundService
{
    /// <summary>How far behind the table may be; silence is judged in quarters of an hour.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private sealed record Heard(KnownDevice Device, long SeenAt, string? Firmware);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await devices.ArrivalAsync(Every, stoppingToken);

            try
            {
                await WriteAsync(Due(), stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                IotIngestLog.PresenceDelayed(log, e.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), clock, stoppingToken);
            }
        }
    }

    private List<Heard> Due() => [.. devices.All
        .Select(device => new Heard(device, device.SeenAt, device.Said))
        .Where(heard => (heard.SeenAt > heard.Device.WrittenAt || heard.Firmware != heard.Device.Firmware) && (heard.Device.HasArrived || clock.GetElapsedTime(heard.Device.WrittenOn) >= Every))
        .OrderBy(heard => heard.Device.Id)];

    private async Task WriteAsync(List<Heard> heard, CancellationToken cancellationToken)
    {
        if (heard.Count == 0)
        {
            return;
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Locked first, in one order: another replica may hear the same devices, and only one of them may find them silent.
        await using var locking = new NpgsqlCommand("select id from devices where id = any($1) order by id for update", connection);
        locking.Parameters.Add(new() { Value = heard.ConvertAll(one => one.Device.Id) });
        await locking.ExecuteNonQueryAsync(cancellationToken);
        var effects = new Effects(clock.GetUtcNow());
        await using var command = new NpgsqlCommand("""
            update devices d set last_seen_at = greatest(d.last_seen_at, heard.at), firmware_version = coalesce(heard.firmware, d.firmware_version),
                online = true, presence_version = d.presence_version + case when was.online then 0 else 1 end
            from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as heard (id, at, firmware), devices was
            where d.id = heard.id and was.id = d.id
            returning d.id, d.space_id, d.presence_version, was.online
            """, connection);
        command.Parameters.Add(new() { Value = heard.ConvertAll(one => one.Device.Id) });
        command.Parameters.Add(new() { Value = heard.ConvertAll(one => Micros.ToInstant(one.SeenAt).UtcDateTime) });
        command.Parameters.Add(new NpgsqlParameter<List<string?>> { TypedValue = heard.ConvertAll(one => one.Firmware == one.Device.Firmware ? null : one.Firmware) });

        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                if (!reader.GetBoolean(3))
                {
                    var message = Guid.CreateVersion7(effects.Now);
                    effects.Say(message, new DeviceCameOnline(message, effects.Now, reader.GetInt64(2), reader.GetGuid(0), reader.GetGuid(1)));
                }
            }
        }

        await effects.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);

        foreach (var one in heard)
        {
            one.Device.Written(one.SeenAt, one.Firmware, clock.GetTimestamp());
        }
    }
}
