using System.Globalization;

namespace Coworking.Local;

/// <summary>Runs the whole platform in the foreground, until it is told to stop or a part of it dies.</summary>
internal static class UpCommand
{
    internal static async Task<int> RunAsync(string[] options, CancellationToken stopping)
    {
        if (options is not ([] or ["--no-demo"]))
        {
            await Console.Error.WriteLineAsync("up takes --no-demo or nothing");
            return 2;
        }

        if (RunFolder.Running() is not null)
        {
            await Console.Out.WriteLineAsync(RunFolder.Summary()?.TrimEnd() ?? "It is already starting.");
            return 0;
        }

        try
        {
            return await RunPlatformAsync(demo: options is [], stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception e) when (e is InvalidOperationException or PortTakenException or IOException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static async Task<int> RunPlatformAsync(bool demo, CancellationToken stopping)
    {
        var ports = UpPorts.Claim();
        foreach (var service in Enum.GetValues<PlatformService>())
        {
            // Before the servers are started for nothing.
            _ = ServiceRunner.Program(service, configuration: null);
        }

        RunFolder.Begin();
        ChildProcess.Started = RunFolder.Add;
        try
        {
            var logs = Directory.CreateDirectory(Repository.Local("logs")).FullName;
            foreach (var old in Directory.EnumerateFiles(logs, "*.log"))
            {
                File.Delete(old);
            }

            await using var servers = await LocalServers.StartAsync(Servers(ports), stopping);
            ChildProcess[] serverProcesses = [servers.Postgres.Process, servers.Rabbit.Process, servers.Mosquitto.Process, servers.Mail!.Process];
            await using var platform = await Platform.StartAsync(
                new PlatformOptions
                {
                    Postgres = servers.Postgres,
                    Bus = servers.Rabbit.Uri(),
                    Mosquitto = servers.Mosquitto,
                    Mail = servers.Mail,
                    GatewayPort = ports.Gateway,
                    ReservationsPort = ports.Reservations,
                    IotIngestPort = ports.IotIngest,
                    Demo = demo,
                    Keys = PlatformKeys.Keep(Repository.Local("identity-key")),
                    LogFolder = logs,
                },
                stopping);
            ChildProcess[] services = [platform.GatewayProcess, platform.ReservationsProcess, platform.IotIngestProcess];
            await using var devices = demo ? await ChildProcess.StartAsync(Demo.Devices(servers.Mosquitto), stopping) : null;

            var summary = Summary(servers, platform, demo);
            RunFolder.Healthy(summary);
            await Console.Out.WriteLineAsync(summary);
            return await WatchAsync([.. serverProcesses, .. services, .. devices is null ? [] : new[] { devices }], stopping);
        }
        finally
        {
            RunFolder.End();
        }
    }

    private static async Task<int> WatchAsync(IReadOnlyList<ChildProcess> children, CancellationToken stopping)
    {
        var first = await Task.WhenAny(children.Select(c => c.WaitForExitAsync(stopping)));
        if (stopping.IsCancellationRequested)
        {
            return 0;
        }

        var dead = children.First(c => c.HasExited);
        var code = (await first).ToString(CultureInfo.InvariantCulture);
        await Console.Error.WriteLineAsync($"{dead.Name} ended with code {code}. The end of its log ({dead.LogFile}):\n{dead.LogTail(30)}\nStopping the rest.");
        return 1;
    }

    private static LocalServersOptions Servers(UpPorts ports) => new()
    {
        Postgres = new() { Port = ports.Postgres, PortVariable = UpPorts.PostgresVariable, DataDirectory = Repository.Local("postgres") },
        Rabbit = new() { Port = ports.Rabbit, PortVariable = UpPorts.RabbitVariable, DataDirectory = Repository.Local("rabbitmq") },
        Mosquitto = new() { Port = ports.Mosquitto, PortVariable = UpPorts.MosquittoVariable, DataDirectory = Repository.Local("mosquitto"), DynamicSecurity = true },
        Mail = new()
        {
            SmtpPort = ports.Smtp,
            SmtpPortVariable = UpPorts.SmtpVariable,
            PagePort = ports.MailPage,
            PagePortVariable = UpPorts.MailPageVariable,
            DataDirectory = Repository.Local("mail"),
        },
    };

    private static string Summary(LocalServers servers, Platform platform, bool demo)
    {
        var url = platform.Gateway.GetLeftPart(UriPartial.Authority);
        var common = $"""
            Coworking is up: {url}
            PostgreSQL 127.0.0.1:{servers.Postgres.Port}  RabbitMQ 127.0.0.1:{servers.Rabbit.Port} (page http://127.0.0.1:{servers.Rabbit.ManagementPort})  MQTT 127.0.0.1:{servers.Mosquitto.Port}
            Mails: {servers.Mail!.Page.GetLeftPart(UriPartial.Authority)}  (SMTP 127.0.0.1:{servers.Mail.SmtpPort})
            Passwords: .local/postgres/password, .local/rabbitmq/password, .local/mosquitto/password   Logs: ./dev logs   Stop: ./dev down
            """;
        return demo
            ? $"""
               {common}
               Demo keys, for this machine only: {Demo.AdminKey} (ADMIN), {Demo.UserKey} (USER)
               Demo accounts, likewise: {Demo.Accounts}
               Try:
                 curl -H 'x-api-key: {Demo.UserKey}' {url}/api/v1/locations
                 curl --json '{Demo.SignIn}' {url}/api/v1/auth/login
                 curl -H 'x-api-key: {Demo.UserKey}' '{url}/api/v1/iot/spaces/{Demo.FirstSpace}/telemetry?minutes=10'
                 curl -N '{url}/api/v1/iot/stream?key={Demo.UserKey}'
               Register a device:
                 curl -H 'x-api-key: {Demo.AdminKey}' --json '{Demo.Device}' {url}/api/v1/devices
               """
            : $"""
               {common}
               No demo data and no keys were loaded. Try:
                 curl {url}/health
                 curl {url}/health/ready
                 curl -i {url}/api/v1/locations
               """;
    }
}
