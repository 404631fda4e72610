using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Coworking.Local;

/// <summary>The database that new ones are copied from, made once by deploy/postgres/init.sql.</summary>
internal static class PostgresTemplate
{
    internal const string Name = "coworking_template";

    internal static readonly string[] Roles = ["gateway", "reservations", "iot"];

    internal static readonly string Sql = Resources.Text("init.sql");

    private static readonly string Version = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    internal static async Task PrepareAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        if (await VersionAsync(server, cancellationToken) == Version)
        {
            return;
        }

        await using (var connection = await server.OpenAsync("postgres", cancellationToken))
        {
            string[] steps =
            [
                $"update pg_database set datistemplate = false where datname = '{Name}'",
                $"drop database if exists {Name} with (force)",
                $"create database {Name}",
            ];
            foreach (var step in steps)
            {
                await using var command = new NpgsqlCommand(step, connection);
                await command.ExecuteNonQueryAsync(cancellationToken);
            }
        }

        await server.ExecuteAsync(Name, Sql, cancellationToken);
        // The password is hexadecimal by make (SecretFile), so it needs no quoting.
        var passwords = Roles.Select(role => $"alter role {role} password '{server.Password}';");
        // Last, in one transaction: only a template with its version is a finished one.
        await server.ExecuteAsync(
            "postgres",
            $"{string.Join('\n', passwords)} alter database {Name} with is_template true allow_connections false; comment on database {Name} is '{Version}'",
            cancellationToken);
    }

    private static async Task<string?> VersionAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        await using var connection = await server.OpenAsync("postgres", cancellationToken);
        await using var command = new NpgsqlCommand($"select shobj_description(oid, 'pg_database') from pg_database where datname = '{Name}'", connection);
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }
}
