using Coworking.Hosting.Leases;
using Coworking.Hosting.Messaging;
using Coworking.Hosting.Postgres;
using Coworking.Local;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Coworking.Hosting.Tests;

/// <summary>A database with the tables of this library in a service's schema, reached with the service's own role; one per test.</summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    internal static readonly ServiceSchema Schema = new("reservations");

    private readonly PostgresServer _server;
    private readonly string _name;

    private TestDatabase(PostgresServer server, string name)
    {
        (_server, _name) = (server, name);
        var text = new NpgsqlConnectionStringBuilder(server.ConnectionString(name, "reservations")) { SearchPath = $"{Schema},public" };
        Pool = NpgsqlDataSource.Create(text);
    }

    internal NpgsqlDataSource Pool { get; }

    internal static async Task<TestDatabase> CreateAsync()
    {
        var stop = TestContext.Current.CancellationToken;
        var server = await LocalServers.SharedPostgresAsync();
        var name = $"hosting_{Guid.CreateVersion7():N}";
        await server.CreateDatabaseAsync(name, stop);
        var database = new TestDatabase(server, name);
        await using var sql = typeof(PostgresSetup).Assembly.GetManifestResourceStream("messaging.sql")!;
        using var reader = new StreamReader(sql);
        await database.ExecuteAsync(await reader.ReadToEndAsync(stop));
        return database;
    }

    internal LeaseStore Leases() => new(Pool, Schema);

    internal PostgresListener Listener() => new(Pool, TimeProvider.System, NullLogger<PostgresListener>.Instance);

    internal MessagingDb Context() => new(new DbContextOptionsBuilder<MessagingDb>().UseNpgsql(Pool).Options);

    internal async Task ExecuteAsync(string sql, params object[] values)
    {
        await using var command = Command(sql, values);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    internal async Task<T> ScalarAsync<T>(string sql, params object[] values)
    {
        await using var command = Command(sql, values);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public async ValueTask DisposeAsync()
    {
        await Pool.DisposeAsync();
        await _server.DropDatabaseAsync(_name);
    }

    private NpgsqlCommand Command(string sql, object[] values)
    {
        var command = Pool.CreateCommand(sql);

        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }
}

/// <summary>The smallest context of a service: outbox and inbox.</summary>
internal sealed class MessagingDb(DbContextOptions<MessagingDb> options) : DbContext(options)
{
    public DbSet<OutboxMessage> Outbox => Set<OutboxMessage>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasDefaultSchema(TestDatabase.Schema.Name);
        modelBuilder.AddMessaging();
        modelBuilder.UseSnakeCaseColumns();
    }
}
