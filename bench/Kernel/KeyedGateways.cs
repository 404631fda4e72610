using System.Globalization;
using Coworking.Local;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Coworking.Bench;

/// <summary>Gateways on a database of their own that is full of keys, before an upstream in this process that answers a kilobyte.</summary>
internal sealed class KeyedGateways : IAsyncDisposable
{
    private const string Name = "coworking";

    private readonly WebApplication _upstream;
    private readonly PlatformKeys _identity = PlatformKeys.Create();
    private readonly List<ChildProcess> _processes = [];
    private readonly string _logs = Directory.CreateTempSubdirectory("coworking-keys-").FullName;

    private KeyedGateways(PostgresServer postgres, WebApplication upstream)
    {
        (Postgres, _upstream) = (postgres, upstream);
        Database = NpgsqlDataSource.Create(postgres.ConnectionString(Name, "postgres"));
    }

    public PostgresServer Postgres { get; }

    /// <summary>As superuser.</summary>
    public NpgsqlDataSource Database { get; }

    public static async Task<KeyedGateways> StartAsync(CancellationToken cancellationToken)
    {
        var postgres = await PostgresServer.StartAsync(new PostgresServerOptions(), cancellationToken);
        await postgres.EnsureDatabaseAsync(Name, cancellationToken);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var body = new byte[1024];
        body.AsSpan().Fill((byte)'x');
        app.MapFallback("{**path}", context => context.Response.Body.WriteAsync(body).AsTask());
        await app.StartAsync(cancellationToken);
        var gateways = new KeyedGateways(postgres, app);
        var port = Ports.Free();
        await using var migration = await ChildProcess.StartAsync(gateways.Options(port, "migrate"), cancellationToken);
        var code = await migration.WaitForExitAsync(cancellationToken);
        return code == 0 ? gateways : throw new InvalidOperationException($"The migration ended with {code}: {migration.LogTail()}");
    }

    /// <summary>Starts one more.</summary>
    /// <param name="settings">As on its command line.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<(Uri Address, ChildProcess Process)> AddAsync(string[] settings, CancellationToken cancellationToken)
    {
        var port = Ports.Free();
        var process = await ChildProcess.StartAsync(Options(port, settings), cancellationToken);
        _processes.Add(process);
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        using var http = new HttpClient { BaseAddress = address };
        await Wait.UntilAsync(
            async () =>
            {
                try
                {
                    using var answer = await http.GetAsync("/health/ready", cancellationToken);
                    return answer.IsSuccessStatusCode;
                }
                catch (HttpRequestException e)
                {
                    return process.HasExited ? throw new InvalidOperationException(process.LogTail(), e) : false;
                }
            },
            TimeSpan.FromSeconds(60),
            "the gateway is ready",
            cancellationToken);
        return (address, process);
    }

    /// <summary>Puts keys into the table, as nobody would make so many one by one.</summary>
    /// <returns>Their texts.</returns>
    public async Task<string[]> AddKeysAsync(int count, int perMinute, int burst, string role, CancellationToken cancellationToken)
    {
        var texts = Enumerable.Range(0, count).Select(_ => $"bench-{Guid.CreateVersion7():N}").ToArray();
        await using var command = Database.CreateCommand("""
            insert into gateway.api_keys (id, key_hash, role, label, created_at, limit_per_minute, limit_burst)
            select gen_random_uuid(), sha256(convert_to(key, 'UTF8')), $2, 'Bench', now(), $3, $4 from unnest($1::text[]) key
            """);
        command.CommandTimeout = 120;
        command.Parameters.Add(new() { Value = texts });
        command.Parameters.Add(new() { Value = role });
        command.Parameters.Add(new() { Value = perMinute });
        command.Parameters.Add(new() { Value = burst });
        await command.ExecuteNonQueryAsync(cancellationToken);
        return texts;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        await _upstream.DisposeAsync();
        await Database.DisposeAsync();
        await Postgres.DisposeAsync();
        Directory.Delete(_logs, recursive: true);
    }

    private ChildProcessOptions Options(int port, params string[] words)
    {
        // This program's own configuration: both are built together.
        var configuration = AppContext.BaseDirectory.Contains("/Debug/", StringComparison.Ordinal) ? "Debug" : "Release";
        var dll = Path.Combine(Repository.Root, "services", "gateway", "src", "bin", configuration, "net10.0", "Coworking.Gateway.dll");
        var upstream = _upstream.Urls.First();
        return new ChildProcessOptions("dotnet", [dll, .. words])
        {
            Name = "gateway",
            LogFile = Path.Combine(_logs, string.Create(CultureInfo.InvariantCulture, $"{port}.log")),
            WorkingDirectory = Path.GetDirectoryName(dll),
            Environment = new Dictionary<string, string?>
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["ASPNETCORE_URLS"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"),
                ["ConnectionStrings__Postgres"] = Postgres.ConnectionString(Name, "gateway"),
                ["Identity__SigningKey"] = _identity.SigningKey,
                ["Accounts__PublicUrl"] = "http://127.0.0.1",
                ["Sessions__SigningKeys__0"] = PlatformKeys.Create().SigningKey,
                ["ReverseProxy__Clusters__reservations__Destinations__d1__Address"] = upstream,
                ["ReverseProxy__Clusters__iot-ingest__Destinations__d1__Address"] = upstream,
                ["DOTNET_gcServer"] = "0",
                ["DOTNET_TieredPGO"] = "1",
            },
        };
    }
}
