using Coworking.IotIngest.Database;
using Npgsql;

namespace Coworking.IotIngest.Ingest;

/// <summary>The ingest's own connection, beside the pool: the pool's reset would drop its temporary table and its prepared statements.</summary>
internal sealed class IngestDatabase : IAsyncDisposable
{
    private readonly string _connectionString;
    private NpgsqlConnection? _connection;

    public IngestDatabase(IConfiguration configuration) =>
        _connectionString = new NpgsqlConnectionStringBuilder(configuration.GetConnectionString("Postgres"))
        {
            SearchPath = $"{IotDb.Schema},public",
            ApplicationName = "coworking-iot-ingest-hot",
            Pooling = false,
            MaxAutoPrepare = 50,
            AutoPrepareMinUsages = 2,
            // A batch that takes longer than this meets a database in trouble: give up, keep the batch, try again.
            CommandTimeout = 30,
        }.ConnectionString;

    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (_connection is { State: System.Data.ConnectionState.Open } open)
        {
            return open;
        }

        await ResetAsync();
        var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("create temp table if not exists incoming (like readings) on commit delete rows", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return _connection = connection;
    }

    /// <summary>Ends a transaction that failed in a way that was foreseen.</summary>
    public async Task RollbackAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("rollback", _connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>After a failure nothing about the connection is trusted.</summary>
    public async Task ResetAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await ResetAsync();
}
