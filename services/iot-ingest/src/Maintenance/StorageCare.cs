using Coworking.Hosting.Leases;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Coworking.IotIngest.Maintenance;

/// <summary>Makes partitions ahead and lets go of what is older than is kept; one replica at a time, without blocking the ingest.</summary>
internal sealed class StorageCare(NpgsqlDataSource database, LeaseStore leases, IOptions<IotIngestOptions> options, TimeProvider clock, ILogger<StorageCare> log)
    : LeasedService("storage", leases, clock, log)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    private readonly TimeProvider _clock = clock;

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var settings = options.Value;
        var today = DateOnly.FromDateTime(_clock.GetUtcNow().UtcDateTime);
        // Three days ahead: a weekend on which this job does not run stops nothing.
        await ExecuteAsync("select ensure_partitions($1, $2)", cancellationToken, today.AddDays(-settings.RawRetentionDays - 1), today.AddDays(3));
        await DropAsync("readings", today.AddDays(-settings.RawRetentionDays - 1).ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture), cancellationToken);
        await DropAsync("windows", today.AddDays(-settings.WindowRetentionDays - 31).ToString("yyyyMM", System.Globalization.CultureInfo.InvariantCulture), cancellationToken);
        await ExecuteAsync("delete from five_minutes where hour < now() - $1", cancellationToken, TimeSpan.FromDays(settings.WindowRetentionDays));
        await ExecuteAsync("delete from hours where hour < now() - $1", cancellationToken, TimeSpan.FromDays(settings.WindowRetentionDays));
        await ExecuteAsync("delete from days where day < $1", cancellationToken, today.AddDays(-settings.WindowRetentionDays));
        await ExecuteAsync("delete from climate_reports where day < $1", cancellationToken, today.AddDays(-settings.WindowRetentionDays));
        await ExecuteAsync("delete from rejected_readings where received_at < now() - $1", cancellationToken, TimeSpan.FromDays(settings.RejectedRetentionDays));
        // The newest stays: by its id a stream that comes back after a quiet day knows that it has missed nothing.
        await ExecuteAsync("delete from live_events where at < now() - $1 and id < (select max(id) from live_events)", cancellationToken, Live.LiveLog.Kept);
        await ExecuteAsync(Twins.TwinHistory.Forget, cancellationToken, Twins.TwinHistory.Kept);
        await ExecuteAsync("delete from inbox_messages where received_at < now() - interval '7 days'", cancellationToken);
        await ExecuteAsync("delete from alerts where resolved_at < now() - $1", cancellationToken, TimeSpan.FromDays(settings.WindowRetentionDays));
        await ExecuteAsync("delete from bookings where blocked_until < now() - $1", cancellationToken, settings.RawRetention + TimeSpan.FromDays(2));
        await PackAsync(cancellationToken);
    }

    /// <summary>
    /// Makes the key of one finished day dense, if it is not. Readings come in the order of time, the key has them in the order of spaces: each page of it fills by
    /// splitting in the middle, and stays half empty for as long as the day is kept. Concurrently: batches go on meanwhile, late ones of that day too.
    /// </summary>
    private async Task PackAsync(CancellationToken cancellationToken)
    {
        // What a replica left that died over it.
        foreach (var left in await NamesAsync("""
            select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
            where not i.indisvalid and c.relnamespace = current_schema()::regnamespace and c.relname ~ '^readings_[0-9]+_pkey_cc(new|old)[0-9]*$'
            """, cancellationToken))
        {
            await ExecuteAsync($"drop index concurrently if exists {left}", cancellationToken);
        }

        // An hour for those that are a little late. An entry takes 36 bytes; below four fifths full it is worth the work. The number of rows is the server's
        // estimate, and after the work its count.
        foreach (var sparse in await NamesAsync("""
            select c.relname from pg_inherits h
            join pg_class t on t.oid = h.inhrelid
            join pg_index i on i.indrelid = t.oid and i.indisprimary
            join pg_class c on c.oid = i.indexrelid
            where h.inhparent = to_regclass('readings') and not h.inhdetachpending and substr(t.relname, length('readings_') + 1) < $1
                and t.reltuples >= 10000 and pg_relation_size(c.oid) > 46 * t.reltuples
            order by t.relname desc limit 1
            """, cancellationToken, _clock.GetUtcNow().AddHours(-1).UtcDateTime.ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture)))
        {
            await ExecuteAsync($"alter index {sparse} set (fillfactor = 100)", cancellationToken);
            await ExecuteAsync($"reindex index concurrently {sparse}", cancellationToken);
            IotIngestLog.IndexPacked(log, sparse);
        }
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await RunOnceAsync(cancellationToken);
            await Task.Delay(Every, _clock, cancellationToken);
        }
    }

    private async Task DropAsync(string table, string before, CancellationToken cancellationToken)
    {
        var old = new List<(string Name, bool? IsHalfDetached)>();

        // One that was detached by a replica that then died hangs on nothing any more; its name tells what it was.
        await using (var select = database.CreateCommand("""
            select c.relname, i.inhdetachpending from pg_class c left join pg_inherits i on i.inhrelid = c.oid
            where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and c.relname ~ ('^' || $1 || '_[0-9]+$')
                and (i.inhparent is null or i.inhparent = to_regclass($1)) and substr(c.relname, length($1) + 2) < $2
            order by c.relname
            """))
        {
            select.Parameters.Add(new() { Value = table });
            select.Parameters.Add(new() { Value = before });
            await using var reader = await select.ExecuteReaderAsync(cancellationToken);

            while (await reader.ReadAsync(cancellationToken))
            {
                old.Add((reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetBoolean(1)));
            }
        }

        foreach (var (partition, isHalfDetached) in old)
        {
            if (isHalfDetached is { } half)
            {
                // Concurrently: a plain detach or drop would stop every batch until it is done. One that was interrupted has to be finished as such.
                await ExecuteAsync($"alter table {table} detach partition {partition} {(half ? "finalize" : "concurrently")}", cancellationToken);
            }

            await ExecuteAsync($"drop table {partition}", cancellationToken);
            IotIngestLog.PartitionDropped(log, partition);
        }
    }

    private async Task<List<string>> NamesAsync(string sql, CancellationToken cancellationToken, params object[] arguments)
    {
        await using var command = database.CreateCommand(sql);

        foreach (var argument in arguments)
        {
            command.Parameters.Add(new() { Value = argument });
        }

        var names = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken, params object[] arguments)
    {
        await using var command = database.CreateCommand(sql);
        // The key of a day of a large fleet takes minutes.
        command.CommandTimeout = 1800;

        foreach (var argument in arguments)
        {
            command.Parameters.Add(new() { Value = argument });
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
