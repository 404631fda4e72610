using System.Globalization;

namespace Coworking.Local;

/// <summary>Runs a service's built program: its verbs to their end, itself until it is ready.</summary>
internal sealed class ServiceRunner(PlatformOptions options, PlatformKeys keys, string logFolder) : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>Addresses of the services behind the gateway.</summary>
    internal required IReadOnlyDictionary<PlatformService, Uri> Addresses { get; init; }

    internal static string Name(PlatformService service) => service switch
    {
        PlatformService.Gateway => "gateway",
        PlatformService.Reservations => "reservations",
        _ => "iot-ingest",
    };

    /// <summary>Path of the service's built program; throws when it was not built.</summary>
    internal static string Program(PlatformService service, string? configuration)
    {
        var assembly = service switch
        {
            PlatformService.Gateway => "Coworking.Gateway",
            PlatformService.Reservations => "Coworking.Reservations",
            _ => "Coworking.IotIngest",
        };
        return Repository.Built($"services/{Name(service)}", assembly, configuration ?? Repository.Configuration);
    }

    internal static Uri Address(int port) => new($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}");

    internal async Task VerbAsync(PlatformService service, string verb, CancellationToken cancellationToken)
    {
        await using var process = await ChildProcess.StartAsync(Options(service, Addresses[service], $"{Name(service)}-{verb}", verb), cancellationToken);
        int code;
        try
        {
            code = await process.WaitForExitAsync(cancellationToken).WaitAsync(options.StartLimit, cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException($"{process.Name} did not end within {options.StartLimit.TotalSeconds:0} s:\n{process.LogTail()}", e);
        }

        if (code != 0)
        {
            throw new InvalidOperationException($"{process.Name} ended with code {code.ToString(CultureInfo.InvariantCulture)}:\n{process.LogTail()}");
        }
    }

    internal async Task<ChildProcess> StartAsync(PlatformService service, Uri address, string logName, CancellationToken cancellationToken)
    {
        var process = await ChildProcess.StartAsync(Options(service, address, logName), cancellationToken);
        try
        {
            await Wait.UntilAsync(() => IsReadyAsync(process, address, cancellationToken), options.StartLimit, $"{logName} is ready", cancellationToken);
            return process;
        }
        catch (Exception e)
        {
            process.Kill();
            await process.DisposeAsync();
            throw e is TimeoutException ? new InvalidOperationException($"{e.Message}\n{process.LogTail()}", e) : e;
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<bool> IsReadyAsync(ChildProcess process, Uri address, CancellationToken cancellationToken)
    {
        if (process.HasExited)
        {
            var code = await process.WaitForExitAsync(cancellationToken);
            throw new InvalidOperationException($"{process.Name} ended with code {code.ToString(CultureInfo.InvariantCulture)}:\n{process.LogTail()}");
        }

        try
        {
            using var answer = await _http.GetAsync(new Uri(address, "/health/ready"), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private ChildProcessOptions Options(PlatformService service, Uri address, string logName, params string[] verb)
    {
        var dll = Program(service, options.Configuration);
        return new ChildProcessOptions(Repository.DotnetCommand, [dll, .. verb])
        {
            Name = logName,
            LogFile = Path.Combine(logFolder, logName + ".log"),
            // Settings and routes lie beside the program, as they do when it is published.
            WorkingDirectory = Path.GetDirectoryName(dll),
            Environment = Environment(service, address),
            StopLimit = TimeSpan.FromSeconds(35),
        };
    }

    private Dictionary<string, string?> Environment(PlatformService service, Uri address)
    {
        var role = service == PlatformService.IotIngest ? "iot" : Name(service);
        var environment = new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = options.EnvironmentName,
            ["ASPNETCORE_URLS"] = address.GetLeftPart(UriPartial.Authority),
            ["ConnectionStrings__Postgres"] = options.Postgres.ConnectionString(options.Database, role) + ";Maximum Pool Size=50;Max Auto Prepare=100",
            ["Bus__Uri"] = options.Bus.AbsoluteUri,
            ["Mqtt__Host"] = options.Mosquitto.Host,
            ["Mqtt__Port"] = options.Mosquitto.Port.ToString(CultureInfo.InvariantCulture),
            ["Mqtt__Username"] = options.Mosquitto.Username,
            ["Mqtt__Password"] = options.Mosquitto.Password,
            ["Ingest__AllowAnonymousDevices"] = options.AllowAnonymousDevices ? "true" : "false",
            ["Identity__PublicKey"] = keys.PublicKey,
            ["DOTNET_gcServer"] = "0",
            ["DOTNET_TieredPGO"] = "1",
            ["DOTNET_NOLOGO"] = "1",
            // A test's own settings must not reach the services.
            ["COWORKING_TEST_SERVERS"] = null,
        };
        if (service == PlatformService.Gateway)
        {
            environment["Identity__SigningKey"] = keys.SigningKey;
            environment["Accounts__PublicUrl"] = Addresses[PlatformService.Gateway].GetLeftPart(UriPartial.Authority);
            environment["ReverseProxy__Clusters__reservations__Destinations__d1__Address"] = Addresses[PlatformService.Reservations].AbsoluteUri;
            environment["ReverseProxy__Clusters__iot-ingest__Destinations__d1__Address"] = Addresses[PlatformService.IotIngest].AbsoluteUri;
        }

        if (service == PlatformService.Reservations)
        {
            environment["Reservations__PublicUrl"] = Addresses[PlatformService.Gateway].GetLeftPart(UriPartial.Authority);
        }

        // Both write to people: one of bookings, the other of accounts.
        if (service is PlatformService.Gateway or PlatformService.Reservations)
        {
            environment["Mail__Host"] = options.Mail?.Host;
            environment["Mail__Port"] = options.Mail?.SmtpPort.ToString(CultureInfo.InvariantCulture);
        }

        foreach (var (name, value) in options.ExtraEnvironment)
        {
            environment[name] = value;
        }

        return environment;
    }
}
