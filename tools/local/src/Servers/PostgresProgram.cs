using System.Globalization;

namespace Coworking.Local;

/// <summary>How PostgreSQL is run here: its own programs where they are installed, else its image.</summary>
internal sealed record PostgresProgram(ChildProcessOptions Options, string? Container)
{
    // PostgreSQL refuses to run as root; every package of it brings this account.
    private const string Account = "postgres";

    internal static async Task<PostgresProgram> PrepareAsync(
        PostgresServerOptions options, int port, DataFolder data, string password, CancellationToken cancellationToken)
    {
        var native = Docker.Native("PostgreSQL", [.. Candidates(), Tools.Find("postgres")]);
        return native is null
            ? InDocker(options, port, data, password)
            : await InstalledAsync(native, options, port, data, password, cancellationToken);
    }

    internal static PostgresProgram InDocker(PostgresServerOptions options, int port, DataFolder data, string password)
    {
        var container = Docker.ContainerName("postgres", port);
        IReadOnlyList<(string, string)> volumes = data.IsPrivate ? [] : [(data.At("cluster"), "/var/lib/postgresql/data")];
        var arguments = Docker.Run("postgres:15", container, [(port, 5432)], volumes, ["POSTGRES_PASSWORD"], ["postgres", .. Settings(options)]);
        return new PostgresProgram(
            Common(data) with
            {
                FileName = "docker",
                Arguments = arguments,
                StopSignal = "INT",
                Environment = new Dictionary<string, string?> { ["POSTGRES_PASSWORD"] = password },
            },
            container);
    }

    private static async Task<PostgresProgram> InstalledAsync(
        string postgres, PostgresServerOptions options, int port, DataFolder data, string password, CancellationToken cancellationToken)
    {
        var account = DataFolder.IsRoot ? Account : null;
        var cluster = account is null ? Directory.CreateDirectory(data.At("cluster")).FullName : await data.FolderForAsync(account, "cluster", cancellationToken);
        if (!File.Exists(data.At("initialised")))
        {
            // What an interrupted initdb left looks like a cluster and is none.
            _ = await Tools.RunAsync(["find", cluster, "-mindepth", "1", "-delete"], cancellationToken);
            var initdb = Path.Combine(Path.GetDirectoryName(postgres)!, "initdb");
            await CreateClusterAsync(initdb, account, cluster, options.Durable, data, password, cancellationToken);
            await File.WriteAllTextAsync(data.At("initialised"), "", cancellationToken);
        }

        return new PostgresProgram(
            Common(data) with
            {
                FileName = postgres,
                Arguments =
                [
                    "-D", cluster, "-c", $"port={port.ToString(CultureInfo.InvariantCulture)}", "-c", "listen_addresses=127.0.0.1",
                    "-c", "unix_socket_directories=", .. Settings(options),
                ],
                User = account,
            },
            Container: null);
    }

    private static async Task CreateClusterAsync(
        string initdb, string? account, string cluster, bool durable, DataFolder data, string password, CancellationToken cancellationToken)
    {
        // The shell makes the password file a pipe of the server's own account: nothing to leave behind, nothing on a command line.
        const string WithPassword = """exec "$@" --pwfile=<(printf %s "$COWORKING_PASSWORD")""";
        string[] sync = durable ? [] : ["--no-sync"];
        var options = Common(data) with
        {
            Name = "initdb",
            FileName = "bash",
            Arguments =
            [
                "-c", WithPassword, "initdb", initdb, "-D", cluster, "-U", "postgres", "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions", .. sync,
            ],
            Environment = new Dictionary<string, string?> { ["COWORKING_PASSWORD"] = password },
            User = account,
            StopSignal = "KILL",
        };
        await using var process = await ChildProcess.StartAsync(options, cancellationToken);
        if (await process.WaitForExitAsync(cancellationToken) != 0)
        {
            throw new InvalidOperationException($"initdb failed:\n{process.LogTail()}");
        }
    }

    private static ChildProcessOptions Common(DataFolder data) => new("postgres")
    {
        Name = "PostgreSQL",
        LogFile = data.At("server.log"),
        WorkingDirectory = "/",
        // INT cuts the clients and writes everything (TERM would wait for the clients); QUIT spends no time on data that is thrown away.
        StopSignal = data.IsPrivate ? "QUIT" : "INT",
        StopLimit = TimeSpan.FromSeconds(30),
        RemoveWhenOrphaned = data.IsPrivate ? data.FullPath : null,
    };

    private static IEnumerable<string> Settings(PostgresServerOptions options)
    {
        var settings = new Dictionary<string, string>
        {
            ["max_connections"] = options.MaxConnections.ToString(CultureInfo.InvariantCulture),
            ["shared_buffers"] = "256MB",
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
            ["lc_messages"] = "C",
        };
        if (!options.Durable)
        {
            // synchronous_commit stays on: without it a killed server would forget what it had confirmed.
            settings["fsync"] = "off";
            settings["full_page_writes"] = "off";
        }

        foreach (var (name, value) in options.Settings)
        {
            settings[name] = value;
        }

        return settings.SelectMany(s => new[] { "-c", $"{s.Key}={s.Value}" });
    }

    private static IEnumerable<string> Candidates()
    {
        // 15 first: it is what the platform is run and tested with, and one data folder must always meet the same version.
        yield return "/usr/lib/postgresql/15/bin/postgres";
        if (Directory.Exists("/usr/lib/postgresql"))
        {
            foreach (var version in Directory.GetDirectories("/usr/lib/postgresql").OrderDescending())
            {
                yield return Path.Combine(version, "bin/postgres");
            }
        }
    }
}
