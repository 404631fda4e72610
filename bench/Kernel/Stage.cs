using System.Globalization;
using System.Net.Http.Json;
using Coworking.Hosting.Identity;
using Coworking.Local;
using Npgsql;

namespace Coworking.Bench;

/// <summary>Private servers and the platform on them, durability on, and spaces that iot-ingest takes samples of.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly IdentityTokenSigner _signer;

    private Stage(LocalServers servers, Platform platform, NpgsqlDataSource database)
    {
        (Servers, Platform, Database) = (servers, platform, database);
        _signer = new IdentityTokenSigner(platform.Keys.SigningKey, TimeProvider.System);
    }

    public LocalServers Servers { get; }

    public Platform Platform { get; }

    /// <summary>The platform's database, as superuser.</summary>
    public NpgsqlDataSource Database { get; }

    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="change">What is to be otherwise than everywhere else.</param>
    /// <param name="prepare">What is to be done with the servers before the platform comes.</param>
    /// <param name="with">The servers, where they are to be otherwise.</param>
    public static async Task<Stage> StartAsync(
        CancellationToken cancellationToken, Func<PlatformOptions, PlatformOptions>? change = null, Func<LocalServers, Task>? prepare = null, LocalServersOptions? with = null)
    {
        var servers = await LocalServers.StartAsync(with ?? new LocalServersOptions(), cancellationToken);

        try
        {
            await (prepare?.Invoke(servers) ?? Task.CompletedTask);
            var options = new PlatformOptions
            {
                Postgres = servers.Postgres,
                Bus = servers.Rabbit.Uri(),
                Mosquitto = servers.Mosquitto,
                // For whoever has to find out why a run failed.
                LogFolder = Environment.GetEnvironmentVariable("COWORKING_STAGE_LOGS") is { Length: > 0 } folder ? folder : null,
            };
            var platform = await Platform.StartAsync(change?.Invoke(options) ?? options, cancellationToken);
            return new Stage(servers, platform, NpgsqlDataSource.Create(servers.Postgres.ConnectionString("coworking", "postgres")));
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>Registers spaces; back when a sample of each location has come through.</summary>
    public async Task<List<BenchSpace>> AddSpacesAsync(int locations, int count, CancellationToken cancellationToken)
    {
        var spaces = BenchSpace.Many(locations, count);
        await AddAsync(spaces, cancellationToken);
        return spaces;
    }

    /// <inheritdoc cref="AddSpacesAsync"/>
    public async Task AddAsync(IReadOnlyList<BenchSpace> spaces, CancellationToken cancellationToken)
    {
        await BenchSpace.RegisterAsync(Database, spaces, cancellationToken);
        await ProbeAsync(spaces, ProbeTime, cancellationToken);
    }

    /// <summary>When the samples are dated by which spaces are met: older than anything that is counted.</summary>
    public static DateTimeOffset ProbeTime { get; } = TimeProvider.System.GetUtcNow().AddDays(-20);

    /// <summary>Sends one sample per location, the same again and again, until all are stored: what was sent before is stored then, too.</summary>
    public async Task ProbeAsync(IReadOnlyList<BenchSpace> spaces, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var one = spaces.GroupBy(space => space.LocationId).Select(group => group.Last()).ToArray();
        var publisher = new Publisher(Servers.Mosquitto.Port, new Workload(one, at, TimeSpan.Zero), connections: 1);
        var ids = one.Select(space => space.Id).ToArray();
        var next = 0;
        await Wait.UntilAsync(
            async () =>
            {
                // Again every second: one that came before its space was known has been rejected.
                if (next++ % 40 == 0)
                {
                    await publisher.RunAsync(0, one.Length, rate: 0, CancellationToken.None, cancellationToken);
                }

                return await CountAsync("select count(*) from iot.readings r join iot.spaces s on s.key = r.space_key where s.id = any($1) and r.at between $2 and $3",
                    cancellationToken, ids, at.AddSeconds(-1).UtcDateTime, at.AddSeconds(1).UtcDateTime) == one.Length;
            },
            TimeSpan.FromSeconds(120),
            "a sample of every location is stored",
            cancellationToken);
    }

    /// <summary>Samples counted in windows from then on: cheaper than the readings, and what people see.</summary>
    public Task<long> SamplesAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        CountAsync("select coalesce(sum(sample_count), 0) from iot.windows where window_start >= $1", cancellationToken, since.UtcDateTime);

    public async Task<long> CountAsync(string sql, CancellationToken cancellationToken, params object[] arguments)
    {
        await using var command = Database.CreateCommand(sql);

        foreach (var argument in arguments)
        {
            command.Parameters.Add(new() { Value = argument });
        }

        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
    }

    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = Database.CreateCommand(sql);
        command.CommandTimeout = 300;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>A question to a service itself (iot-ingest where none is named) that carries the gateway's word: what is measured is the service.</summary>
    public HttpRequestMessage Question(string path, Uri? service = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service ?? Platform.IotIngest, path));
        request.Headers.Add(GatewayIdentity.Header, _signer.TokenFor(new Caller("bench", "key", Roles.Admin, null, false, [])));
        return request;
    }

    /// <summary>The header by which a command to reservations itself carries the gateway's word, likewise.</summary>
    public string CommandHeader => $"{GatewayIdentity.Header}: {_signer.TokenFor(new Caller("bench", "key", Roles.User, null, false, []))}";

    public async ValueTask DisposeAsync()
    {
        _signer.Dispose();
        await Database.DisposeAsync();
        await Platform.DisposeAsync();
        await Servers.DisposeAsync();
    }
}
