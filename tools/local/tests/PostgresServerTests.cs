using Npgsql;

namespace Coworking.Local.Tests;

public sealed class PostgresServerTests : IDisposable
{
    private static readonly PostgresServerOptions Fast = new() { Durable = false };

    private readonly Machine _machine = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_database_has_a_schema_for_each_service_and_lets_its_role_in()
    {
        var server = await LocalServers.SharedPostgresAsync();
        var name = $"local_{Guid.CreateVersion7():N}";
        await server.CreateDatabaseAsync(name, Token);

        foreach (var role in new[] { "gateway", "reservations", "iot" })
        {
            await using var connection = new NpgsqlConnection(server.ConnectionString(name, role));
            await connection.OpenAsync(Token);
            await ExecuteAsync(connection, $"create table {role}.probe (id int)");
            var other = role == "iot" ? "gateway" : "iot";
            var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(connection, $"create table {other}.probe (id int)"));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }

        await server.DropDatabaseAsync(name, Token);
        await using var dropped = new NpgsqlConnection(server.ConnectionString(name, "iot"));
        var missing = await Assert.ThrowsAsync<PostgresException>(() => dropped.OpenAsync(Token));
        Assert.Equal(PostgresErrorCodes.InvalidCatalogName, missing.SqlState);
    }

    [Fact]
    public async Task Databases_are_created_side_by_side_and_an_existing_one_is_kept()
    {
        var server = await LocalServers.SharedPostgresAsync();
        var names = Enumerable.Range(1, 4).Select(n => $"local_{n}_{Guid.CreateVersion7():N}").ToList();

        await Task.WhenAll(names.Select(name => server.EnsureDatabaseAsync(name, Token)));
        await server.ExecuteAsync(names[0], "create table kept (id int)", Token);
        await Task.WhenAll(names.Select(name => server.EnsureDatabaseAsync(name, Token)));

        await server.ExecuteAsync(names[0], "select from kept", Token);
        await Task.WhenAll(names.Select(name => server.DropDatabaseAsync(name, Token)));
    }

    [Theory]
    [InlineData("x; drop database postgres")]
    [InlineData("Upper")]
    [InlineData("")]
    public async Task A_name_that_is_none_is_refused(string name)
    {
        var server = await LocalServers.SharedPostgresAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => server.CreateDatabaseAsync(name, Token));
    }

    [Fact]
    public async Task What_was_committed_is_there_after_a_kill_a_restart_and_a_new_server_on_the_same_folder()
    {
        _machine.OpenToOthers();
        var options = Fast with { DataDirectory = _machine.At("postgres") };
        await using (var server = await PostgresServer.StartAsync(options, Token))
        {
            await server.CreateDatabaseAsync("kept", Token);
            await server.ExecuteAsync("kept", "create table notes (text text); insert into notes values ('kept')", Token);
            var (first, port) = (server.ProcessId, server.Port);

            await server.KillAsync(Token);
            Assert.False(ProcessTable.IsAlive(first));
            await server.RestartAsync(Token);

            Assert.Equal(port, server.Port);
            Assert.NotEqual(first, server.ProcessId);
            Assert.Equal("kept", await NoteAsync(server));
            await server.StopAsync(Token);
            Assert.True(Ports.IsFree(port));
        }

        await using var again = await PostgresServer.StartAsync(options, Token);
        Assert.Equal("kept", await NoteAsync(again));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_machine.At("postgres/password")));
    }

    [Fact]
    public async Task A_checkout_that_its_account_cannot_enter_is_linked_to_a_place_that_it_can()
    {
        var options = Fast with { DataDirectory = _machine.At("postgres") };
        await using var server = await PostgresServer.StartAsync(options, Token);
        await server.CreateDatabaseAsync("elsewhere", Token);

        var place = new FileInfo(_machine.At("postgres/cluster")).LinkTarget;
        if (Environment.IsPrivilegedProcess)
        {
            Assert.NotNull(place);
            Assert.StartsWith("/var/lib/coworking-", place);
            await server.StopAsync(Token);
            Directory.Delete(place, recursive: true);
        }
        else
        {
            // Only root starts the server as another account.
            Assert.Null(place);
        }
    }

    [Fact]
    public async Task Two_servers_run_side_by_side_without_seeing_each_others_data()
    {
        var shared = await LocalServers.SharedPostgresAsync();
        await using var other = await PostgresServer.StartAsync(Fast, Token);
        await other.CreateDatabaseAsync("only_here", Token);

        Assert.NotEqual(shared.Port, other.Port);
        await using var connection = new NpgsqlConnection(shared.ConnectionString("only_here", "postgres"));
        await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync(Token));
    }

    [Fact]
    public async Task A_taken_port_is_named_with_the_variable_that_changes_it()
    {
        var server = await LocalServers.SharedPostgresAsync();

        var refused = await Assert.ThrowsAsync<PortTakenException>(
            () => PostgresServer.StartAsync(Fast with { Port = server.Port, PortVariable = "COWORKING_POSTGRES_PORT" }, Token));

        Assert.Equal(
            $"Port {server.Port}, meant for PostgreSQL, is taken by another program. Set COWORKING_POSTGRES_PORT to another port.", refused.Message);
    }

    [Fact]
    public async Task One_that_cannot_start_says_why()
    {
        var options = Fast with { Settings = new Dictionary<string, string> { ["shared_buffers"] = "plenty" } };

        var failed = await Assert.ThrowsAsync<InvalidOperationException>(() => PostgresServer.StartAsync(options, Token));

        Assert.Contains("shared_buffers", failed.Message);
    }

    public void Dispose() => _machine.Dispose();

    private static async Task<string?> NoteAsync(PostgresServer server)
    {
        await using var connection = await server.OpenAsync("kept", Token);
        await using var command = new NpgsqlCommand("select text from notes", connection);
        return await command.ExecuteScalarAsync(Token) as string;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }
}
