using System.Globalization;
using Coworking.Hosting.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Coworking.Hosting.Leases;

/// <summary>Leases in PostgreSQL, judged by the database's clock alone: at most one holder at a time, as long as holders stop when a renewal fails.</summary>
/// <param name="database">The pool of the background.</param>
/// <param name="schema">Where the table leases stands.</param>
public sealed class LeaseStore([FromKeyedServices(PostgresSetup.Background)] NpgsqlDataSource database, ServiceSchema schema)
{
    /// <summary>Without a renewal a lease is free after this long.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);

    /// <summary>How often a holder renews: three chances before it expires.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(3);

    // Processes with the same of these see one another below /proc: the kernel since its start, and the namespace of process ids within it.
    private static readonly string? Home = FindHome();

    /// <summary>Names this process among its equals: machine, home, process id, random.</summary>
    public string Holder { get; } = $"{Environment.MachineName}/{Home ?? "-"}/{Environment.ProcessId}/{Guid.CreateVersion7():N}";

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

    /// <summary>
    /// Those of these holders that certainly are no more: processes of this very machine that it does not have any longer. Of others only time tells.
    /// </summary>
    /// <param name="holders">Names as <see cref="Holder"/> gives them.</param>
    public static string[] Dead(IEnumerable<string> holders) => [.. holders.Where(holder =>
        Home is not null && holder.Split('/') is [_, var home, var process, _] && home == Home
        && int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id != Environment.ProcessId && !Directory.Exists($"/proc/{id}"))];

    /// <summary>Frees what processes held that were killed on this machine, so that their successor need not wait for it to expire.</summary>
    public async Task ReleaseDeadAsync(CancellationToken cancellationToken)
    {
        var holders = new List<string>();

        await using (var select = database.CreateCommand($"select distinct holder from {schema}.leases where held_until > now()"))
        await using (var reader = await select.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                holders.Add(reader.GetString(0));
            }
        }

        if (Dead(holders) is { Length: > 0 } dead)
        {
            await using var delete = database.CreateCommand($"delete from {schema}.leases where holder = any($1)");
            delete.Parameters.Add(new() { Value = dead });
            await delete.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>Gives a lease back, so that the next holder need not wait for it to expire.</summary>
    public async Task ReleaseAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"delete from {schema}.leases where name = $1 and holder = $2");
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = Holder });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string? FindHome()
    {
        try
        {
            var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            return new FileInfo("/proc/self/ns/pid").LinkTarget is { } processes ? $"{boot}-{new string([.. processes.Where(char.IsAsciiDigit)])}" : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No Linux: then leases end by time alone.
            return null;
        }
    }
}
