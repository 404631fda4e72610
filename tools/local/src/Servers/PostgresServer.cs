using System.Text.RegularExpressions;
using Npgsql;

namespace Coworking.Local;

/// <summary>What a <see cref="PostgresServer"/> is started with.</summary>
public sealed record PostgresServerOptions
{
    /// <summary>0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Kept after the server; null takes a private folder that is deleted with it.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>False trades the safety of the data after a power cut for speed; a killed server still loses nothing.</summary>
    public bool Durable { get; init; } = true;

    public int MaxConnections { get; init; } = 300;

    /// <summary>Further settings by name, as in postgresql.conf.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Named by the message when the port is taken.</summary>
    public string? PortVariable { get; init; }
}

/// <summary>A PostgreSQL on the loopback interface, with the platform's roles and a template of its empty database.</summary>
public sealed partial class PostgresServer : IAsyncDisposable
{
    private readonly string _password;
    private readonly ServerProcess? _process;

    internal PostgresServer(int port, string password, ServerProcess? process = null) => (Port, _password, _process) = (port, password, process);

    public int Port { get; }

    /// <summary>Process id of the postmaster.</summary>
    public int ProcessId => Owned.Child.Id;

    internal ChildProcess Process => Owned.Child;

    internal string Password => _password;

    private ServerProcess Owned => _process ?? throw new InvalidOperationException("This PostgreSQL belongs to another process");

    public static async Task<PostgresServer> StartAsync(PostgresServerOptions options, CancellationToken cancellationToken = default)
    {
        var port = Ports.Claim(options.Port, "PostgreSQL", options.PortVariable);
        var data = DataFolder.Open(options.DataDirectory, "postgres");
        ServerProcess? process = null;
        try
        {
            var password = SecretFile.Keep(data.At("password"));
            var program = await PostgresProgram.PrepareAsync(options, port, data, password, cancellationToken);
            process = new ServerProcess("PostgreSQL", data, program.Options, TimeSpan.FromSeconds(60), ct => AnswersAsync(port, password, ct))
            {
                Container = program.Container,
            };
            var server = new PostgresServer(port, password, process);
            await process.StartAsync(cancellationToken);
            await PostgresTemplate.PrepareAsync(server, cancellationToken);
            return server;
        }
        catch
        {
            await (process?.DisposeAsync() ?? ValueTask.CompletedTask);
            data.DeletePrivate();
            throw;
        }
    }

    /// <param name="database">Need not exist yet.</param>
    /// <param name="role">postgres (superuser), gateway, reservations or iot.</param>
    public string ConnectionString(string database, string role) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Database = database,
        Username = role,
        Password = _password,
    }.ConnectionString;

    /// <summary>An empty database of the platform: schemas and extensions, no tables.</summary>
    public Task CreateDatabaseAsync(string name, CancellationToken cancellationToken = default) =>
        ExecuteAsync("postgres", $"create database {Quoted(name)} template {PostgresTemplate.Name}", cancellationToken);

    /// <summary>Creates the database where it is missing; brings roles, schemas and extensions of an old one up to date.</summary>
    public async Task EnsureDatabaseAsync(string name, CancellationToken cancellationToken = default)
    {
        await using var connection = await OpenAsync("postgres", cancellationToken);
        await using var command = new NpgsqlCommand("select count(*) from pg_database where datname = $1", connection) { Parameters = { new() { Value = name } } };
        if (await command.ExecuteScalarAsync(cancellationToken) is 0L)
        {
            await CreateDatabaseAsync(name, cancellationToken);
        }
        else
        {
            await ExecuteAsync(name, PostgresTemplate.Sql, cancellationToken);
        }
    }

    public async Task DropDatabaseAsync(string name, CancellationToken cancellationToken = default)
    {
        foreach (var role in PostgresTemplate.Roles.Append("postgres"))
        {
            await using var pooled = new NpgsqlConnection(ConnectionString(name, role));
            NpgsqlConnection.ClearPool(pooled);
        }

        await ExecuteAsync("postgres", $"drop database if exists {Quoted(name)} with (force)", cancellationToken);
    }

    /// <summary>Fast shutdown: clients are cut, everything is written. Data and port stay.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default) => Owned.EndAsync(kill: false, cancellationToken);

    /// <summary>SIGKILL to the server and its back ends.</summary>
    public Task KillAsync(CancellationToken cancellationToken = default) => Owned.EndAsync(kill: true, cancellationToken);

    /// <summary>Starts it again with the same port and data, stopping it first where it runs.</summary>
    public Task RestartAsync(CancellationToken cancellationToken = default) => Owned.StartAsync(cancellationToken);

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;

    internal async Task ExecuteAsync(string database, string sql, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(database, cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    internal async Task<NpgsqlConnection> OpenAsync(string database, CancellationToken cancellationToken)
    {
        // Not pooled: an idle superuser connection would keep a template from being copied.
        var connection = new NpgsqlConnection(ConnectionString(database, "postgres") + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    private static async Task<bool> AnswersAsync(int port, string password, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await new PostgresServer(port, password).OpenAsync("postgres", cancellationToken);
            return true;
        }
        catch (NpgsqlException e) when (e is not PostgresException { SqlState: not PostgresErrorCodes.CannotConnectNow })
        {
            return false;
        }
    }

    private static string Quoted(string name) =>
        DatabaseName().IsMatch(name) ? $"\"{name}\"" : throw new ArgumentException($"'{name}' is no name for a database: a-z, 0-9 and _, at most 63", nameof(name));

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DatabaseName();
}
