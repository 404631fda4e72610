using System.Globalization;

namespace Coworking.Local;

/// <summary>How RabbitMQ is run here: as a private node where it is installed, else its image.</summary>
internal sealed record RabbitProgram(ChildProcessOptions Options, string? Container)
{
    // Its schedulers spin before they sleep, on cores that it shares with everything else here.
    private const string NoSpinning = "+sbwt none +sbwtdcpu none +sbwtdio none";

    internal static RabbitProgram Prepare(RabbitServerOptions options, int port, int managementPort, DataFolder data, string password)
    {
        // Debian's /usr/sbin/rabbitmq-server insists on the package's own account; the script behind it does not.
        var native = Docker.Native("RabbitMQ", "/usr/lib/rabbitmq/bin/rabbitmq-server", "/opt/rabbitmq/sbin/rabbitmq-server", Tools.Find("rabbitmq-server"));
        return native is null ? InDocker(options, port, managementPort, data, password) : Installed(native, options, port, managementPort, data, password);
    }

    internal static RabbitProgram InDocker(RabbitServerOptions options, int port, int managementPort, DataFolder data, string password)
    {
        var container = Docker.ContainerName("rabbitmq", port);
        var file = WriteConfiguration(data, options.ExtraConfiguration);
        List<(string, string)> volumes = [(file, "/etc/rabbitmq/conf.d/20-coworking.conf:ro")];
        if (!data.IsPrivate)
        {
            volumes.Add((data.At("node"), "/var/lib/rabbitmq"));
        }

        var arguments = Docker.Run(
            "rabbitmq:3-management",
            container,
            [(port, 5672), (managementPort, 15672)],
            volumes,
            ["RABBITMQ_DEFAULT_USER", "RABBITMQ_DEFAULT_PASS", "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"],
            []);
        return new RabbitProgram(
            Common(data) with
            {
                FileName = "docker",
                Arguments = arguments,
                StopSignal = "TERM",
                Environment = new Dictionary<string, string?>
                {
                    ["RABBITMQ_DEFAULT_USER"] = RabbitServer.User,
                    ["RABBITMQ_DEFAULT_PASS"] = password,
                    ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = NoSpinning,
                },
            },
            container);
    }

    private static RabbitProgram Installed(string program, RabbitServerOptions options, int port, int managementPort, DataFolder data, string password)
    {
        var file = WriteConfiguration(data, $"""
            listeners.tcp.1 = 127.0.0.1:{Text(port)}
            management.tcp.ip = 127.0.0.1
            management.tcp.port = {Text(managementPort)}
            default_user = {RabbitServer.User}
            default_pass = {password}
            log.console = true
            log.console.level = info
            log.file = false
            disk_free_limit.absolute = 50MB
            {options.ExtraConfiguration}

            """);
        File.WriteAllText(data.At("enabled_plugins"), "[rabbitmq_management].\n");
        Directory.CreateDirectory(data.At("home"));
        Directory.CreateDirectory(data.At("node"));
        var namesPort = Text(Ports.Free());

        // The name server has to listen before the node starts, or the node would start one that nobody ends.
        const string AfterNames = """
            for ((i = 0; i < 500; i++)); do { : </dev/tcp/127.0.0.1/"$0"; } 2>/dev/null && break; sleep 0.02; done
            exec "$@"
            """;
        return new RabbitProgram(
            Common(data) with
            {
                FileName = "bash",
                Arguments = ["-c", AfterNames, namesPort, program],
                Companion = [Tools.Find("epmd") ?? "epmd", "-port", namesPort, "-address", "127.0.0.1"],
                Environment = Environment(data, file, namesPort),
            },
            Container: null);
    }

    private static Dictionary<string, string?> Environment(DataFolder data, string configuration, string namesPort) => new()
    {
        ["HOME"] = data.At("home"),
        ["RABBITMQ_NODENAME"] = "coworking@localhost",
        ["RABBITMQ_CONFIG_FILE"] = configuration,
        ["RABBITMQ_ADVANCED_CONFIG_FILE"] = data.At("advanced.config"),
        ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = data.At("enabled_plugins"),
        ["RABBITMQ_MNESIA_BASE"] = data.At("node"),
        ["RABBITMQ_LOG_BASE"] = data.FullPath,
        ["RABBITMQ_DIST_PORT"] = Text(Ports.Free()),
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = $"{NoSpinning} -kernel inet_dist_use_interface {{127,0,0,1}}",
        ["ERL_EPMD_PORT"] = namesPort,
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        // Makes the script become the node instead of standing before it, so that signals and the process id are the node's.
        ["RUNNING_UNDER_SYSTEMD"] = "true",
        ["NOTIFY_SOCKET"] = null,
    };

    private static ChildProcessOptions Common(DataFolder data) => new("rabbitmq-server")
    {
        Name = "RabbitMQ",
        LogFile = data.At("server.log"),
        WorkingDirectory = "/",
        // An orderly stop takes seconds: not spent on data that is thrown away.
        StopSignal = data.IsPrivate ? "KILL" : "TERM",
        StopLimit = TimeSpan.FromSeconds(30),
        RemoveWhenOrphaned = data.IsPrivate ? data.FullPath : null,
    };

    private static string WriteConfiguration(DataFolder data, string text)
    {
        var file = data.At("rabbitmq.conf");
        SecretFile.Write(file, text);
        return file;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
