using Coworking.Hosting.Postgres;
using Npgsql;

namespace Coworking.Hosting.Leases;

/// <summary>Leases in PostgreSQL, judged by the database's clock alone: at most one holder at a time, as long as holders stop when a renewal fails.</summary>
/// <param name="database">The service's pool.</param>
/// <param name="schema">Where the table leases stands.</param>
public sealed class LeaseStore(NpgsqlDataSource database, ServiceSchema schema)
{
    /// <summary>Without a renewal a lease is free after this long.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);

    /// <summary>How often a holder renews: three chances before it expires.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(3);

    /// <summary>Names this process among its equals.</summary>
    public string Holder { get; } = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.CreateVersion7():N}";

    /// <summary>Takes or renews a lease; false while someone else holds it.</summary>
    /// <param name="name">What is leased, e.g. outbox or partition/07.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<bool> TryHoldAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"""
            insert into {schema}.leases as l (name, holder, held_until) values ($1, $2, now() + $3)
            on conflict (name) do update set holder = excluded.holder, held_until = excluded.held_until
            where l.holder = excluded.holder or l.held_until < now()
            """);
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = Holder });
        command.Parameters.Add(new() { Value = Duration });
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>Gives a lease back, so that the next holder need not wait for it to expire.</summary>
    public async Task ReleaseAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"delete from {schema}.leases where name = $1 and holder = $2");
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = Holder });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
