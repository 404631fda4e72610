using Coworking.Contracts;
using Coworking.IotIngest.Database;
using Coworking.Local;
using Coworking.Mqtt;
using Npgsql;

namespace Coworking.IotIngest.Tests.Running;

/// <summary>What iot-ingest runs against: a database and a virtual host of the shared servers, and a Mosquitto of its own.</summary>
internal sealed class TestPlatform : IAsyncDisposable
{
    private readonly string _name = $"iot_{Guid.CreateVersion7():N}";
    private readonly PostgresServer _postgres;
    private readonly RabbitServer _rabbit;

    private TestPlatform(PostgresServer postgres, RabbitServer rabbit, MosquittoServer broker)
    {
        (_postgres, _rabbit, Broker) = (postgres, rabbit, broker);
        Database = NpgsqlDataSource.Create(ConnectionString + ";Search Path=iot;Maximum Pool Size=10");
        Mqtt = new MqttClient(new MqttClientOptions { Host = broker.Host, Port = broker.Port, ClientId = $"devices-{_name}" });
    }

    internal static TimeSpan Limit { get; } = TimeSpan.FromSeconds(90);

    internal MosquittoServer Broker { get; }

    internal PlatformKeys Keys { get; } = PlatformKeys.Create();

    internal NpgsqlDataSource Database { get; }

    /// <summary>The devices.</summary>
    internal MqttClient Mqtt { get; }

    internal BusClient Bus { get; private set; } = null!;

    internal string ConnectionString => _postgres.ConnectionString(_name, "iot");

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    internal static async Task<TestPlatform> CreateAsync(PostgresServer? postgres = null)
    {
        var starting = MosquittoServer.StartAsync(new MosquittoServerOptions { DynamicSecurity = true });
        var platform = new TestPlatform(postgres ?? await LocalServers.SharedPostgresAsync(), await LocalServers.SharedRabbitAsync(), await starting);
        await platform._postgres.CreateDatabaseAsync(platform._name);
        platform.Bus = await BusClient.ConnectAsync(await platform._rabbit.CreateVirtualHostAsync(platform._name));
        await platform.Mqtt.StartAsync(CancellationToken.None);
        Assert.Equal(0, await platform.VerbAsync("migrate"));
        return platform;
    }

    /// <summary>The settings of the service, as a command line; later ones win.</summary>
    internal string[] Settings(params string[] more) =>
    [
        "--environment=Development",
        $"--ConnectionStrings:Postgres={ConnectionString};Maximum Pool Size=20",
        $"--Bus:Uri={_rabbit.Uri(_name)}",
        $"--Mqtt:Host={Broker.Host}",
        $"--Mqtt:Port={Broker.Port}",
        $"--Mqtt:Username={Broker.Username}",
        $"--Mqtt:Password={Broker.Password}",
        "--Ingest:AllowAnonymousDevices=true",
        $"--Identity:PublicKey={Keys.PublicKey}",
        "--Ingest:Partitions=4",
        "--Logging:LogLevel:Default=Warning",
        .. more,
    ];

    /// <summary>Runs the service's program with a verb, in this process; its exit code.</summary>
    internal async Task<int> VerbAsync(string verb, params string[] more)
    {
        var program = typeof(IotDb).Assembly.EntryPoint!;
        return (int)(await Task.Run(() => program.Invoke(null, [(string[])[verb, .. Settings(more)]]), Ended))!;
    }

    internal Task<RunningService> StartAsync(params string[] more) => RunningService.StartAsync(this, Settings(more));

    internal async Task<List<T>> ListAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] values)
    {
        await using var command = Database.CreateCommand(sql);

        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        var rows = new List<T>();
        await using var reader = await command.ExecuteReaderAsync(Ended);

        while (await reader.ReadAsync(Ended))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    internal async Task<T> ScalarAsync<T>(string sql, params object[] values) => (await ListAsync(sql, reader => reader.GetFieldValue<T>(0), values))[0];

    internal async Task ExecuteAsync(string sql, params object[] values) => await ListAsync(sql, _ => 0, values);

    internal Task UntilAsync(string sql, long expected, params object[] values)
    {
        var last = long.MinValue;
        return Wait.UntilAsync(async () => (last = await ScalarAsync<long>(sql, values)) == expected, Limit, $"{expected} by {sql} (was {last})", Ended);
    }

    /// <summary>As if somebody had been there to hear every partition for a day, and went on whatever this machine does meanwhile.</summary>
    internal async Task ListeningAsync()
    {
        await UntilAsync("select count(*) from followed_partitions", 4);
        await ExecuteAsync("update followed_partitions set followed_since = now() - interval '1 day', followed_at = now() + interval '1 hour'");
        await ExecuteAsync("""
            insert into silence_watch (listening_since, watched_at) values (now() - interval '1 day', now())
            on conflict (one) do update set listening_since = excluded.listening_since, watched_at = excluded.watched_at
            """);
    }

    /// <summary>A sample or another message of a device, acknowledged by the broker; false where nobody has subscribed to its topic.</summary>
    internal async Task<bool> PublishAsync(string topic, ReadOnlyMemory<byte> payload) =>
        await Mqtt.PublishAsync(
            new MqttApplicationMessage { Topic = topic, Payload = payload, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce }, Ended)
        == MqttReasonCode.Success;

    /// <summary>Returns when somebody listens to this location's devices.</summary>
    internal Task SubscribedAsync(Guid location) => Wait.UntilAsync(
        () => PublishAsync($"sites/{location}/offices/{Guid.Empty}/telemetry", "probe"u8.ToArray()), Limit, $"a subscription to {location}", Ended);

    internal static LocationChanged Location(Guid id, long version = 1, string change = ChangeKinds.Registered) =>
        new(Guid.CreateVersion7(), TimeProvider.System.GetUtcNow(), version, change, new LocationFacts(id, "Torre", 19.4, -99.1, "America/Mexico_City"));

    public async ValueTask DisposeAsync()
    {
        await Mqtt.DisposeAsync();
        await Bus.DisposeAsync();
        await Database.DisposeAsync();
        await Broker.DisposeAsync();
        await _rabbit.DeleteVirtualHostAsync(_name);

        try
        {
            await _postgres.DropDatabaseAsync(_name);
        }
        catch (NpgsqlException)
        {
            // A server that a failed test has left stopped must not hide what failed.
        }
    }
}
