using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults;

/// <summary>R13: two of each service; each is ended by SIGTERM and started again, one after the other, while clients go on.</summary>
internal static class RollingRestart
{
    private const int Rate = 200;
    private const double MostFailed = 0.001;

    private static readonly TimeSpan Between = TimeSpan.FromSeconds(3);

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var rounds = options.Repeat ?? (options.Small ? 1 : 2);
        var run = new FaultRun("R13", "each service rolled by SIGTERM under load", options);
        var ports = Enum.GetValues<PlatformService>().ToDictionary(service => service, _ => Ports.Free());
        await using var stage = await Stage.StartAsync(cancellationToken, usual => usual with { Demo = true, ExtraEnvironment = Settings(ports) });
        var second = new Dictionary<PlatformService, ServiceReplica>();

        foreach (var (service, port) in ports)
        {
            second[service] = await stage.Platform.StartReplicaAsync(service, port, cancellationToken);
        }

        await using var clients = await RollingLoad.StartAsync(stage, [stage.Platform.Gateway, second[PlatformService.Gateway].Address], Rate, cancellationToken);
        await Task.Delay(Between, cancellationToken);
        await clients.SettledAsync(cancellationToken);

        for (var round = 1; round <= rounds; round++)
        {
            foreach (var service in Enum.GetValues<PlatformService>())
            {
                await StopAsync(run, clients, service, "first", round, First(stage, service), () => stage.Platform.RestartAsync(service, cancellationToken), cancellationToken);
                await StopAsync(run, clients, service, "second", round, second[service].Process, async () => second[service] = await stage.Platform.StartReplicaAsync(service, ports[service], cancellationToken), cancellationToken);
            }
        }

        var (sent, failed, placed) = await clients.StopAsync();
        var stored = await stage.CountAsync("select count(*) from reservations.bookings where client_email like 'rolling-%'", cancellationToken);
        var most = (long)(sent * MostFailed);
        var verdict = new Verdict(
        [
            new Check($"requests, of which failed (at most {most}): {failed}{(clients.Examples is { } examples ? $", namely {examples}" : "")}", sent, sent - failed, failed > most ? failed : 0, 0),
            new Check("bookings that were granted, and are stored", placed, stored, Math.Max(0, placed - stored), 0),
        ]);
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            Two processes of each service, {Rate} requests a second by turns through both gateways (a third each: locations, alerts, bookings). {rounds} times each of the six gets SIGTERM and is started again when it has
            ended, the next one {Between.TotalSeconds} s after it is ready and once requests are answered as fast as they are sent. Each goes on for 2 s after the signal (Stop__Delay), closing connections with its answers. The client does what an ingress does: an address that refuses the connection is passed over.
            Failed is every other answer than 200 and 201, and every connection that breaks. Recovery: from the signal to the end of the process.
            """);
        return await run.ConcludeAsync(verdict, what, fault => fault.First, 10, cancellationToken);
    }

    private static async Task StopAsync(FaultRun run, RollingLoad clients, PlatformService service, string which, int round, ChildProcess process, Func<Task> restartAsync, CancellationToken cancellationToken)
    {
        var (at, began) = (run.Seconds, Stopwatch.GetTimestamp());
        await process.TerminateAsync(cancellationToken: cancellationToken);
        var ended = Stopwatch.GetElapsedTime(began).TotalSeconds;
        await restartAsync();
        run.Add(new Fault($"{service}, {which} ({round})", at, Stopwatch.GetElapsedTime(began).TotalSeconds, ended, ended));
        await Task.Delay(Between, cancellationToken);
        await clients.SettledAsync(cancellationToken);
    }

    private static ChildProcess First(Stage stage, PlatformService service) => service switch
    {
        PlatformService.Gateway => stage.Platform.GatewayProcess,
        PlatformService.Reservations => stage.Platform.ReservationsProcess,
        _ => stage.Platform.IotIngestProcess,
    };

    private static Dictionary<string, string?> Settings(Dictionary<PlatformService, int> ports) => new(RollingLoad.Unlimited(Rate))
    {
        ["Stop__Delay"] = "00:00:02",
        ["ReverseProxy__Clusters__reservations__Destinations__d2__Address"] = Address(ports[PlatformService.Reservations]),
        ["ReverseProxy__Clusters__iot-ingest__Destinations__d2__Address"] = Address(ports[PlatformService.IotIngest]),
    };

    private static string Address(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/");
}
