using System.Globalization;
using Coworking.Local;
using Npgsql;

namespace Coworking.Bench;

/// <summary>The peer's own database on the same server, with the same settings.</summary>
internal sealed class PeerDatabase : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;

    private PeerDatabase(string connectionString) => (ConnectionString, _source) = (connectionString, NpgsqlDataSource.Create(connectionString));

    public string ConnectionString { get; }

    public NpgsqlDataSource Source => _source;

    /// <summary>The raw table that one would begin with: every metric double precision, a B-tree by space and time.</summary>
    public const string RawTable = """
        create table readings (
            space_id uuid not null, at timestamptz not null, temp_c double precision, humidity_pct double precision, co2_ppm double precision,
            occupancy double precision, power_w double precision, battery_pct double precision, power_ok boolean, door_open boolean);
        create index readings_space_at on readings (space_id, at);
        """;

    public static async Task<PeerDatabase> CreateAsync(PostgresServer postgres, string sql, CancellationToken cancellationToken)
    {
        await postgres.CreateDatabaseAsync("peer", cancellationToken);
        var peer = new PeerDatabase(postgres.ConnectionString("peer", "postgres"));
        await peer.ExecuteAsync(sql, cancellationToken);
        return peer;
    }

    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand(sql);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<long> CountAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
