using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Coworking.ComposeTest;

/// <summary>One container, as the engine tells of it.</summary>
internal sealed record Container(string Id, string Name, string Service, string State, string Health, int ExitCode);

/// <summary>deploy/docker-compose.yml under a project name and on ports of its own, with the secrets of deploy/.env.example.</summary>
internal sealed class Composition
{
    private readonly Dictionary<string, string> _environment;
    private readonly string[] _compose;

    private Composition(string[] compose, int port) => (_compose, _environment) = (compose, new Dictionary<string, string>
    {
        ["GATEWAY_PORT"] = $"127.0.0.1:{port}-{port + 1}",
        ["MQTT_PORT"] = $"127.0.0.1:{port + 2}",
        ["PUBLIC_URL"] = $"http://127.0.0.1:{port}",
        ["VERSION"] = "compose-test",
        ["REVISION"] = Environment.GetEnvironmentVariable("REVISION") ?? "unknown",
        // The files avoid what only the newer builder knows: kept so by building with the old one.
        ["DOCKER_BUILDKIT"] = "0",
        ["COMPOSE_DOCKER_CLI_BUILD"] = "0",
        ["MqttPort"] = (port + 2).ToString(CultureInfo.InvariantCulture),
    });

    internal static string Project { get; } = $"coworking-test-{Environment.ProcessId}";

    internal string MqttPort => _environment["MqttPort"];

    internal string Tool => string.Join(' ', _compose);

    /// <summary>With the newer command where it is there, else docker-compose.</summary>
    internal static async Task<Composition> FindAsync()
    {
        (await Shell.RunAsync("docker", ["info", "--format", "{{.ServerVersion}}"], seconds: 20)).Ok("docker info (is the engine running?)");
        var newer = await Shell.RunAsync("docker", ["compose", "version"]);
        return new Composition(newer.Code == 0 ? ["docker", "compose"] : ["docker-compose"], FreePorts(3));
    }

    /// <summary>Runs the compose command.</summary>
    internal Task<Said> ComposeAsync(int seconds, params string[] arguments) => Shell.RunAsync(
        _compose[0],
        [.. _compose[1..], "-p", Project, "--env-file", "deploy/.env.example", "-f", "deploy/docker-compose.yml", "-f", "tests/compose/override.yml", .. arguments],
        _environment,
        seconds: seconds);

    /// <summary>Of one service or of all; by the labels that every compose sets.</summary>
    internal static async Task<List<Container>> ContainersAsync(string? service = null)
    {
        var filter = service is null ? Array.Empty<string>() : ["--filter", $"label=com.docker.compose.service={service}"];
        var ids = (await Shell.RunAsync("docker", ["ps", "-aq", "--no-trunc", "--filter", $"label=com.docker.compose.project={Project}", .. filter])).Ok("docker ps")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

        if (ids.Length == 0)
        {
            return [];
        }

        const string form = """{{.Id}}|{{.Name}}|{{index .Config.Labels "com.docker.compose.service"}}|{{json .State}}""";
        var lines = (await Shell.RunAsync("docker", ["inspect", "--format", form, .. ids])).Ok("docker inspect").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select(line => line.Split('|', 4)).Select(part => Of(part, JsonNode.Parse(part[3])!)).OrderBy(one => one.Name, StringComparer.Ordinal)];
    }

    private static Container Of(string[] part, JsonNode state) => new(
        part[0], part[1].TrimStart('/'), part[2], state["Status"]!.GetValue<string>(), state["Health"]?["Status"]?.GetValue<string>() ?? "", state["ExitCode"]!.GetValue<int>());

    /// <summary>Waits until each container of these services that is to run is healthy, and each job has succeeded.</summary>
    internal static Task<List<Container>> HealthyAsync(int seconds, params string[] services) => Shell.UntilAsync(
        async () =>
        {
            var all = await ContainersAsync();
            var those = services.Length == 0 ? all : [.. all.Where(one => services.Contains(one.Service))];

            if (those.FirstOrDefault(one => one.State == "exited" && one.ExitCode != 0) is { } failed)
            {
                throw new Unmet($"{failed.Name} ended with code {failed.ExitCode}: {await LogAsync(failed)}");
            }

            return those.Count > 0 && those.TrueForAll(one => one.State == "exited" || (one.State == "running" && one.Health is "healthy" or "")) ? those : null;
        },
        $"{(services.Length == 0 ? "all" : string.Join(", ", services))} healthy",
        seconds);

    internal static async Task<string> LogAsync(Container container)
    {
        var said = await Shell.RunAsync("docker", ["logs", "--tail", "15", container.Id]);
        return said.Out + said.Error;
    }

    /// <summary>Where the port of a container is found on this machine.</summary>
    internal static async Task<string> PublishedAsync(Container container, int port) =>
        (await Shell.RunAsync("docker", ["port", container.Id, $"{port}/tcp"])).Ok("docker port").Split('\n')[0].Trim();

    /// <summary>One value from the database, as the superuser or as a service's role.</summary>
    internal static async Task<Said> SqlAsync(string sql, string role = "postgres")
    {
        var postgres = (await ContainersAsync("postgres"))[0];
        return await Shell.RunAsync("docker", ["exec", postgres.Id, "psql", "-U", role, "-d", "coworking", "-v", "ON_ERROR_STOP=1", "-Atc", sql]);
    }

    // Side by side, since two gateways share a range; nothing reserves them, so they are looked for high up.
    private static int FreePorts(int count)
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var first = Random.Shared.Next(42_000, 60_000);

            if (Enumerable.Range(first, count).All(IsFree))
            {
                return first;
            }
        }

        throw new Unmet("no free ports were found");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
