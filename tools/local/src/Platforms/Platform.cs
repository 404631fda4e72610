using System.Globalization;

namespace Coworking.Local;

/// <summary>The three services as processes of their own, migrated and ready, against given servers.</summary>
public sealed class Platform : IAsyncDisposable
{
    private readonly ServiceRunner _runner;
    private readonly string? _ownLogs;
    private readonly Dictionary<PlatformService, ChildProcess> _services = [];
    private readonly List<ServiceReplica> _replicas = [];

    private Platform(ServiceRunner runner, PlatformKeys keys, string? ownLogs) => (_runner, Keys, _ownLogs) = (runner, keys, ownLogs);

    public Uri Gateway => _runner.Addresses[PlatformService.Gateway];

    public Uri Reservations => _runner.Addresses[PlatformService.Reservations];

    public Uri IotIngest => _runner.Addresses[PlatformService.IotIngest];

    public PlatformKeys Keys { get; }

    public ChildProcess GatewayProcess => _services[PlatformService.Gateway];

    public ChildProcess ReservationsProcess => _services[PlatformService.Reservations];

    public ChildProcess IotIngestProcess => _services[PlatformService.IotIngest];

    public static async Task<Platform> StartAsync(PlatformOptions options, CancellationToken cancellationToken = default)
    {
        var ports = new Dictionary<PlatformService, Uri>
        {
            [PlatformService.Gateway] = ServiceRunner.Address(Ports.Claim(options.GatewayPort, "the gateway")),
            [PlatformService.Reservations] = ServiceRunner.Address(Ports.Claim(options.ReservationsPort, "reservations")),
            [PlatformService.IotIngest] = ServiceRunner.Address(Ports.Claim(options.IotIngestPort, "iot-ingest")),
        };
        var ownLogs = options.LogFolder is null ? Directory.CreateTempSubdirectory("coworking-logs-").FullName : null;
        var logs = ownLogs ?? Directory.CreateDirectory(options.LogFolder!).FullName;
        var keys = options.Keys ?? PlatformKeys.Create();
        var platform = new Platform(new ServiceRunner(options, keys, logs) { Addresses = ports }, keys, ownLogs);
        try
        {
            await options.Postgres.EnsureDatabaseAsync(options.Database, cancellationToken);
            await platform.StartServicesAsync(options.Demo, cancellationToken);
            return platform;
        }
        catch
        {
            await platform.DisposeAsync();
            throw;
        }
    }

    /// <summary>A second (third, …) iot-ingest beside the first; the gateway does not know it.</summary>
    public Task<ServiceReplica> StartIotIngestReplicaAsync(CancellationToken cancellationToken = default) =>
        StartReplicaAsync(PlatformService.IotIngest, Ports.Free(), cancellationToken);

    /// <summary>One more process of a service; the gateway knows it only where the options have told it the address.</summary>
    public async Task<ServiceReplica> StartReplicaAsync(PlatformService service, int port, CancellationToken cancellationToken = default)
    {
        var address = ServiceRunner.Address(port);
        var logName = $"{ServiceRunner.Name(service)}-{(_replicas.Count + 2).ToString(CultureInfo.InvariantCulture)}";
        var replica = new ServiceReplica(await _runner.StartAsync(service, address, logName, cancellationToken), address);
        _replicas.Add(replica);
        return replica;
    }

    /// <summary>Ends the service where it still runs and starts it again on its port; back when it is ready.</summary>
    public async Task RestartAsync(PlatformService service, CancellationToken cancellationToken = default)
    {
        await _services[service].DisposeAsync();
        _services[service] = await _runner.StartAsync(service, _runner.Addresses[service], ServiceRunner.Name(service), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        // The gateway first: what it still serves needs the others.
        if (_services.Remove(PlatformService.Gateway, out var gateway))
        {
            await gateway.DisposeAsync();
        }

        await Task.WhenAll(_services.Values.Concat(_replicas.Select(r => r.Process)).Select(p => p.DisposeAsync().AsTask()));
        _runner.Dispose();
        if (_ownLogs is not null && Directory.Exists(_ownLogs))
        {
            Directory.Delete(_ownLogs, recursive: true);
        }
    }

    private async Task StartServicesAsync(bool demo, CancellationToken cancellationToken)
    {
        await Task.WhenAll(Enum.GetValues<PlatformService>().Select(s => _runner.VerbAsync(s, "migrate", cancellationToken)));
        if (demo)
        {
            await Task.WhenAll(
                _runner.VerbAsync(PlatformService.Gateway, "demo", cancellationToken),
                _runner.VerbAsync(PlatformService.Reservations, "demo", cancellationToken));
        }

        var starts = Enum.GetValues<PlatformService>().ToDictionary(
            s => s, s => _runner.StartAsync(s, _runner.Addresses[s], ServiceRunner.Name(s), cancellationToken));
        try
        {
            await Task.WhenAll(starts.Values);
        }
        finally
        {
            // Also after one has failed: the others have to be ended.
            foreach (var (service, start) in starts.Where(s => s.Value.IsCompletedSuccessfully))
            {
                _services[service] = await start;
            }
        }

        if (demo)
        {
            await _runner.VerbAsync(PlatformService.IotIngest, "demo", cancellationToken);
        }
    }
}
