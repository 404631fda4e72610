using System.Globalization;

namespace Coworking.Local;

/// <summary>What a <see cref="MosquittoServer"/> is started with.</summary>
public sealed record MosquittoServerOptions
{
    /// <summary>0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Kept after the server; null takes a private folder that is deleted with it.</summary>
    public string? DataDirectory { get; init; }

    public bool AllowAnonymous { get; init; } = true;

    /// <summary>Runs it with the dynamic-security plugin and an account for iot-ingest, which decides what everybody else may.</summary>
    public bool DynamicSecurity { get; init; }

    /// <summary>Further lines of mosquitto.conf.</summary>
    public string ExtraConfiguration { get; init; } = "";

    /// <summary>Named by the message when the port is taken.</summary>
    public string? PortVariable { get; init; }
}

/// <summary>A Mosquitto on the loopback interface, configured by deploy/mosquitto/mosquitto.conf.</summary>
public sealed class MosquittoServer : IAsyncDisposable
{
    private readonly ServerProcess? _process;

    internal MosquittoServer(int port, ServerProcess? process = null, string? password = null) => (Port, _process, Password) = (port, process, password);

    public string Host { get; } = "127.0.0.1";

    public int Port { get; }

    /// <summary>The account of iot-ingest, which may manage the others.</summary>
    public string? Username => Password is null ? null : DynamicSecurity.Username;

    /// <summary>Null without the dynamic-security plugin.</summary>
    public string? Password { get; }

    public int ProcessId => Owned.Child.Id;

    internal ChildProcess Process => Owned.Child;

    private ServerProcess Owned => _process ?? throw new InvalidOperationException("This Mosquitto belongs to another process");

    public static async Task<MosquittoServer> StartAsync(MosquittoServerOptions options, CancellationToken cancellationToken = default)
    {
        var port = Ports.Claim(options.Port, "Mosquitto", options.PortVariable);
        var data = DataFolder.Open(options.DataDirectory, "mosquitto");
        var program = Tools.Find("mosquitto");
        var native = Docker.Native("Mosquitto", program);
        var password = options.DynamicSecurity ? DynamicSecurity.Prepare(data) : null;
        var container = native is null ? Docker.ContainerName("mosquitto", port) : null;
        var process = new ServerProcess(
            "Mosquitto",
            data,
            native is null ? InDocker(options, port, data) : Installed(native, options, port, data),
            TimeSpan.FromSeconds(30),
            ct => Ports.AnswersAsync(port, ct))
        {
            Container = container,
        };
        var server = new MosquittoServer(port, process, password);
        try
        {
            await process.StartAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>An orderly stop: the queues are written to the data folder.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default) => Owned.EndAsync(kill: false, cancellationToken);

    /// <summary>SIGKILL: what was not saved since the last autosave is gone.</summary>
    public Task KillAsync(CancellationToken cancellationToken = default) => Owned.EndAsync(kill: true, cancellationToken);

    /// <summary>Starts it again with the same port and data, stopping it first where it runs.</summary>
    public Task RestartAsync(CancellationToken cancellationToken = default) => Owned.StartAsync(cancellationToken);

    /// <summary>Of a stopped one with the dynamic-security plugin: begins again with iot-ingest's account alone, under the same password.</summary>
    public async Task LoseAccountsAsync(CancellationToken cancellationToken = default)
    {
        await StopAsync(cancellationToken);
        DynamicSecurity.Begin(Owned.Data, Password ?? throw new InvalidOperationException("This Mosquitto has no accounts"));
    }

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;

    internal static ChildProcessOptions InDocker(MosquittoServerOptions options, int port, DataFolder data)
    {
        var file = data.At("mosquitto.conf");
        File.WriteAllText(file, Configuration(options, "listener 1883", "persistence_location /mosquitto/data/", DynamicSecurity.PluginInImage, "/mosquitto/data"));
        List<(string, string)> volumes = [(file, "/mosquitto/config/mosquitto.conf:ro")];
        if (!data.IsPrivate || options.DynamicSecurity)
        {
            volumes.Add((data.At("state"), "/mosquitto/data"));
        }

        var container = Docker.ContainerName("mosquitto", port);
        return Common(data) with { FileName = "docker", Arguments = Docker.Run("eclipse-mosquitto:2", container, [(port, 1883)], volumes, [], []) };
    }

    private static ChildProcessOptions Installed(string mosquitto, MosquittoServerOptions options, int port, DataFolder data)
    {
        var state = Directory.CreateDirectory(data.At("state")).FullName;
        var file = data.At("mosquitto.conf");
        var configuration = Configuration(
            options, $"listener {port.ToString(CultureInfo.InvariantCulture)} 127.0.0.1", $"persistence_location {state}/",
            options.DynamicSecurity ? DynamicSecurity.Plugin() : "", state);
        // Started as root it would change to an account that cannot write to this folder.
        File.WriteAllText(file, DataFolder.IsRoot ? configuration + "\nuser root\n" : configuration);
        return Common(data) with { FileName = mosquitto, Arguments = ["-c", file] };
    }

    private static ChildProcessOptions Common(DataFolder data) => new("mosquitto")
    {
        Name = "Mosquitto",
        LogFile = data.At("server.log"),
        WorkingDirectory = "/",
        StopLimit = TimeSpan.FromSeconds(30),
        RemoveWhenOrphaned = data.IsPrivate ? data.FullPath : null,
    };

    private static string Configuration(MosquittoServerOptions options, string listener, string location, string plugin, string state)
    {
        var lines = Resources.Text("mosquitto.conf").Split('\n').Select(line => line switch
        {
            _ when line.StartsWith("listener ", StringComparison.Ordinal) => listener,
            _ when line.StartsWith("persistence_location ", StringComparison.Ordinal) => location,
            _ when line.StartsWith("plugin ", StringComparison.Ordinal) => options.DynamicSecurity ? $"plugin {plugin}" : "",
            _ when line.StartsWith("plugin_opt_config_file ", StringComparison.Ordinal) => options.DynamicSecurity ? $"plugin_opt_config_file {state}/{DynamicSecurity.File}" : "",
            "allow_anonymous false" when options.AllowAnonymous => "allow_anonymous true",
            _ => line,
        });
        return $"{string.Join('\n', lines)}\n{options.ExtraConfiguration}\n";
    }
}
