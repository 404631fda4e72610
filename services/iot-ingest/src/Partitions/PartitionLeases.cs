using Coworking.Hosting.Leases;
using Coworking.Hosting.Postgres;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Coworking.IotIngest.Partitions;

/// <summary>The leases of the partitions and the heartbeats of the replicas, in the table that all leases share.</summary>
internal sealed class PartitionLeases([FromKeyedServices(PostgresSetup.Background)] NpgsqlDataSource database, LeaseStore store, IOptions<IotIngestOptions> options)
{
    public int Count { get; } = options.Value.Partitions;

    public string Self => store.Holder;

    /// <summary>Says that this replica is alive, and what it took and refused in the last minute; answers who else is alive.</summary>
    public async Task<List<string>> BeatAsync((long Accepted, long Rejected) lastMinute, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            with beat as (
                    insert into replicas (id, seen_at, accepted_last_minute, rejected_last_minute) values ($1, now(), $3, $4)
                    on conflict (id) do update set seen_at = now(), accepted_last_minute = $3, rejected_last_minute = $4),
                gone as (delete from replicas where seen_at < now() - interval '1 hour')
            select id from replicas where seen_at > now() - $2
            """);
        command.Parameters.Add(new() { Value = Self });
        command.Parameters.Add(new() { Value = LeaseStore.Duration });
        command.Parameters.Add(new() { Value = lastMinute.Accepted });
        command.Parameters.Add(new() { Value = lastMinute.Rejected });
        var alive = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            alive.Add(reader.GetString(0));
        }

        // Killed on this machine: what it held is free now, not when it expires, and it has no share any more.
        if (LeaseStore.Dead(alive) is { Length: > 0 } dead)
        {
            await store.ReleaseDeadAsync(cancellationToken);
            alive.RemoveAll(dead.Contains);
        }

        return alive;
    }

    /// <summary>Renews what is held; answers what still is ours.</summary>
    public Task<List<int>> RenewAsync(int[] partitions, CancellationToken cancellationToken) => NumbersAsync(
        "update leases set held_until = now() + $3 where name = any($1) and holder = $2 and held_until > now() returning name",
        partitions, cancellationToken);

    /// <summary>Takes up to so many partitions that nobody holds.</summary>
    public Task<List<int>> TakeAsync(int most, CancellationToken cancellationToken) => NumbersAsync(
        $"""
        insert into leases as l (name, holder, held_until)
        select name, $2, now() + $3 from unnest($1::text[]) as name
        where not exists (select from leases where leases.name = name.name and held_until >= now()) order by name limit {most}
        on conflict (name) do update set holder = excluded.holder, held_until = excluded.held_until where l.held_until < now()
        returning name
        """,
        [.. Enumerable.Range(0, Count)], cancellationToken);

    /// <summary>True while this replica holds the partition, by the database's clock.</summary>
    public async Task<bool> HoldsAsync(int partition, CancellationToken cancellationToken) => (await RenewAsync([partition], cancellationToken)).Count == 1;

    /// <summary>Notes that these partitions are held and subscribed to. A note that was missing for longer than a hand-over takes is an interruption: silence counts from its end.</summary>
    public async Task FollowAsync(int[] partitions, CancellationToken cancellationToken)
    {
        if (partitions.Length == 0)
        {
            return;
        }

        await using var command = database.CreateCommand("""
            insert into followed_partitions as f (partition, partitions, followed_since, followed_at)
            select p.number, $3, now(), now() from unnest($1::int[], $2::text[]) as p (number, name)
            join leases l on l.name = p.name and l.holder = $4 and l.held_until > now() order by p.number
            on conflict (partition) do update set followed_at = now(), partitions = excluded.partitions,
                followed_since = case when f.partitions = excluded.partitions and f.followed_at > now() - interval '30 seconds' then f.followed_since else now() end
            where f.followed_at < now() - interval '4 seconds' or f.partitions <> excluded.partitions
            """);
        command.Parameters.Add(new() { Value = partitions });
        command.Parameters.Add(new() { Value = Array.ConvertAll(partitions, Partition.LeaseName) });
        command.Parameters.Add(new() { Value = Count });
        command.Parameters.Add(new() { Value = Self });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task ReleaseAsync(int[] partitions, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("delete from leases where name = any($1) and holder = $2");
        command.Parameters.Add(new() { Value = Array.ConvertAll(partitions, Partition.LeaseName) });
        command.Parameters.Add(new() { Value = Self });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Frees all that this replica has, also what it was just taking or handing over when it was told to go.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        await ReleaseAsync([.. Enumerable.Range(0, Count)], cancellationToken);
        await using var command = database.CreateCommand("delete from replicas where id = $1");
        command.Parameters.Add(new() { Value = Self });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<List<int>> NumbersAsync(string sql, int[] partitions, CancellationToken cancellationToken)
    {
        var numbers = new List<int>();

        if (partitions.Length == 0)
        {
            return numbers;
        }

        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = Array.ConvertAll(partitions, Partition.LeaseName) });
        command.Parameters.Add(new() { Value = Self });
        command.Parameters.Add(new() { Value = LeaseStore.Duration });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            numbers.Add(int.Parse(reader.GetString(0).AsSpan("partition/".Length), System.Globalization.CultureInfo.InvariantCulture));
        }

        return numbers;
    }
}
