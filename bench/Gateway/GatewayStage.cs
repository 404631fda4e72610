using System.Globalization;
using System.Net;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>The gateway as it is shipped, with a database of its own, before an upstream that answers 1 KB; and a key of which no limit is reached.</summary>
internal sealed class GatewayStage : IAsyncDisposable
{
    private const string Database = "coworking";

    private readonly PostgresServer _postgres;

    private GatewayStage(PostgresServer postgres, Proxy upstream, Proxy gateway, string key) => (_postgres, UpstreamServer, Gateway, Key) = (postgres, upstream, gateway, key);

    /// <summary>The same for every .NET program here, so that only what it does is compared.</summary>
    public static IReadOnlyDictionary<string, string?> Runtime { get; } = new Dictionary<string, string?>
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["DOTNET_gcServer"] = null,
        ["DOTNET_TieredPGO"] = null,
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = null,
    };

    public Proxy UpstreamServer { get; }

    public Proxy Gateway { get; }

    public string Key { get; }

    public static async Task<GatewayStage> StartAsync(CancellationToken cancellationToken)
    {
        var postgres = await PostgresServer.StartAsync(new PostgresServerOptions(), cancellationToken);
        Proxy? upstream = null;

        try
        {
            await postgres.EnsureDatabaseAsync(Database, cancellationToken);
            upstream = await Upstream.StartAsync(cancellationToken);
            var port = Ports.Free();
            var environment = Environment(postgres, upstream.Address, port);
            await VerbAsync("migrate", environment, cancellationToken);
            var admin = (await VerbAsync("admin-key", environment, cancellationToken)).Trim();
            var gateway = await Proxy.StartAsync(port, ["dotnet", Program], new Dictionary<string, string>(), environment, beside: null, cancellationToken);
            return new GatewayStage(postgres, upstream, gateway, await GatewayKey.CreateAsync(gateway.Address, admin, cancellationToken));
        }
        catch
        {
            await (upstream?.DisposeAsync() ?? ValueTask.CompletedTask);
            await postgres.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await UpstreamServer.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    private static string Program
    {
        get
        {
            var configuration = AppContext.BaseDirectory.Contains("/Debug/", StringComparison.Ordinal) ? "Debug" : "Release";
            var dll = Path.Combine(Repository.Root, "services/gateway/src/bin", configuration, "net10.0/Coworking.Gateway.dll");
            return File.Exists(dll) ? dll : throw new InvalidOperationException($"{dll} is missing. Build it: dotnet build -c {configuration}");
        }
    }

    private static Dictionary<string, string?> Environment(PostgresServer postgres, Uri upstream, int port) => new(Runtime)
    {
        ["ASPNETCORE_URLS"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"),
        ["ConnectionStrings__Postgres"] = postgres.ConnectionString(Database, "gateway"),
        ["Identity__SigningKey"] = PlatformKeys.Create().SigningKey,
        ["Accounts__PublicUrl"] = "http://127.0.0.1",
        ["Sessions__SigningKeys__0"] = PlatformKeys.Create().SigningKey,
        ["ReverseProxy__Clusters__reservations__Destinations__d1__Address"] = upstream.AbsoluteUri,
        ["ReverseProxy__Clusters__iot-ingest__Destinations__d1__Address"] = upstream.AbsoluteUri,
    };

    /// <returns>What it said.</returns>
    private static async Task<string> VerbAsync(string verb, Dictionary<string, string?> environment, CancellationToken cancellationToken)
    {
        var log = Path.GetTempFileName();

        try
        {
            await using var process = await ChildProcess.StartAsync(new ChildProcessOptions("dotnet", Program, verb) { LogFile = log, Environment = environment }, cancellationToken);
            var code = await process.WaitForExitAsync(cancellationToken).WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
            var said = await File.ReadAllTextAsync(log, cancellationToken);
            return code == 0 ? said : throw new InvalidOperationException($"gateway {verb} ended with code {code}: {said}");
        }
        finally
        {
            File.Delete(log);
        }
    }
}
