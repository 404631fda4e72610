using Coworking.Local;
using Npgsql;

namespace Coworking.Gateway.Tests.Running;

/// <summary>A database with the demo keys, two services that echo, and one gateway in front of them.</summary>
public sealed class GatewayFixture : IAsyncLifetime
{
    private readonly string _database = $"gateway_{Guid.CreateVersion7():N}";
    private readonly PlatformKeys _tokens = PlatformKeys.Create();
    private PostgresServer? _postgres;
    private RunningGateway? _gateway;
    private Upstream? _reservations;
    private Upstream? _iot;

    internal PlatformKeys Identity { get; } = PlatformKeys.Create();

    internal RunningGateway Gateway => _gateway!;

    internal Upstream Reservations => _reservations!;

    internal Upstream Iot => _iot!;

    internal string Postgres => _postgres!.ConnectionString(_database, "gateway");

    public async ValueTask InitializeAsync()
    {
        _postgres = await LocalServers.SharedPostgresAsync();
        await _postgres.CreateDatabaseAsync(_database);
        _reservations = await Upstream.StartAsync("reservations");
        _iot = await Upstream.StartAsync("iot-ingest");
        Assert.Equal(0, await Program.Main(["migrate", .. Settings()]));
        Assert.Equal(0, await Program.Main(["demo", .. Settings()]));
        _gateway = await StartAsync();
    }

    /// <summary>The settings of a gateway, as a command line; later ones win.</summary>
    internal string[] Settings(params string[] more) =>
    [
        "--environment=Development",
        $"--ConnectionStrings:Postgres={Postgres}",
        $"--Identity:SigningKey={Identity.SigningKey}",
        $"--Sessions:SigningKeys:0={_tokens.SigningKey}",
        // What a hash costs is measured elsewhere.
        "--Accounts:PasswordIterations=1000",
        "--Accounts:PublicUrl=https://coworking.example.com",
        $"--ReverseProxy:Clusters:reservations:Destinations:d1:Address={_reservations!.Address}",
        $"--ReverseProxy:Clusters:iot-ingest:Destinations:d1:Address={_iot!.Address}",
        // Every test has the same address, and no test but those of limits waits for any.
        "--Limits:AddressPerMinute=10000000",
        "--Limits:UserKeyPerMinute=10000000",
        .. more,
    ];

    /// <summary>Another gateway on the same database.</summary>
    internal Task<RunningGateway> StartAsync(params string[] more) => RunningGateway.StartAsync(Settings(more));

    /// <inheritdoc cref="StartAsync(string[])"/>
    internal Task<RunningGateway> StartAsync(TimeProvider clock, params string[] more) => RunningGateway.StartAsync(Settings(more), clock);

    internal async Task<object?> SqlAsync(string sql, bool asSuperuser = false)
    {
        await using var connection = new NpgsqlConnection(asSuperuser ? _postgres!.ConnectionString(_database, "postgres") : Postgres + ";Search Path=gateway");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in new IAsyncDisposable?[] { _gateway, _reservations, _iot })
        {
            await (part?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        await _postgres!.DropDatabaseAsync(_database);
    }
}
