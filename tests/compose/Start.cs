using System.Globalization;
using System.Security.Cryptography;

namespace Coworking.ComposeTest;

/// <summary>Does it come up, and is it shut in as it should be.</summary>
internal sealed class Start(Composition composition)
{
    private const double MostMemory = 400;

    internal static readonly string[] Services = ["gateway", "reservations", "iot-ingest"];

    internal async Task<string> BuildAsync()
    {
        (await composition.ComposeAsync(1200, "build")).Ok("compose build");
        var sizes = (await Shell.RunAsync("docker", ["images", "--filter", "reference=coworking/*:compose-test", "--format", "{{.Repository}} {{.Size}}"])).Ok("docker images");
        return $"built by {composition.Tool}: {sizes.Replace('\n', ',').Replace(",", ", ", StringComparison.Ordinal)}";
    }

    internal async Task<string> UpAsync()
    {
        (await composition.ComposeAsync(400, "up", "-d", "--no-build")).Ok("compose up");
        var all = await Composition.HealthyAsync(120);
        return $"{all.Count(one => one.State == "running")} run and are healthy, {all.Count(one => one.State == "exited")} jobs ended with 0";
    }

    internal static async Task<string> ShutInAsync()
    {
        var all = await Composition.ContainersAsync();
        var published = new List<string>();

        foreach (var container in all)
        {
            const string form = "{{.HostConfig.ReadonlyRootfs}}|{{.Config.User}}|{{len .HostConfig.CapAdd}}|{{.HostConfig.Memory}}|{{index .HostConfig.LogConfig.Config \"max-size\"}} × {{index .HostConfig.LogConfig.Config \"max-file\"}}|{{index .Config.Labels \"org.opencontainers.image.version\"}}|{{range $port, $at := .NetworkSettings.Ports}}{{if $at}}{{$port}} {{end}}{{end}}";
            var part = (await Shell.RunAsync("docker", ["inspect", "--format", form, container.Id])).Ok("docker inspect").Split('|');
            published.AddRange(part[6].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(port => $"{container.Service}:{port}"));
            Hold(part[0] == "true", $"{container.Name} may write to its root file system");
            Hold(part[3] != "0", $"{container.Name} has no limit of memory");

            Hold(part[4] == "10m × 3", $"the log of {container.Name} is kept as {part[4]}");

            if (Services.Contains(container.Service))
            {
                Hold(part[1] is not ("" or "0" or "root"), $"{container.Name} runs as root");
                Hold(part[2] == "0", $"{container.Name} has capabilities");
                Hold(part[5] == "compose-test", $"{container.Name} has the label version={part[5]}");
            }
        }

        // The bus by this run's own override.
        var ports = published.Where(port => port != "rabbitmq:5672/tcp").Order(StringComparer.Ordinal).ToList();
        Hold(ports.SequenceEqual(["gateway:8080/tcp", "mosquitto:1883/tcp"]), $"published: {string.Join(", ", ports)}");
        return $"{all.Count} containers with read-only roots, limits and logs that rotate, the services without root and capabilities; published: {string.Join(", ", ports)}";
    }

    internal static async Task<string> OwnSchemaAsync()
    {
        (await Composition.SqlAsync("select count(*) from reservations.bookings", "reservations")).Ok("reservations reads its own");

        foreach (var (role, foreign) in new[] { ("gateway", "reservations.bookings"), ("reservations", "iot.readings"), ("iot", "gateway.api_keys") })
        {
            var said = await Composition.SqlAsync($"select count(*) from {foreign}", role);
            Hold(said.Code != 0 && said.Error.Contains("permission denied", StringComparison.Ordinal), $"{role} reads {foreign}");
        }

        return "each role reads its own schema and is refused another's";
    }

    /// <summary>The secrets of the example, one service after another, with Production set.</summary>
    internal async Task<string> ProductionAsync()
    {
        var reasons = new List<string>();
        // The example leaves it empty, which Production refuses before it looks at anything else.
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var own = $"Sessions__SigningKeys__0={Convert.ToBase64String(key.ExportPkcs8PrivateKey())}";

        foreach (var service in Services)
        {
            var said = await composition.ComposeAsync(90, "run", "--rm", "--no-deps", "-T", "-e", "ASPNETCORE_ENVIRONMENT=Production", "-e", own, service);
            var reason = (said.Out + said.Error).Split('\n').FirstOrDefault(line => line.Contains("refused in Production", StringComparison.Ordinal));
            Hold(said.Code != 0 && reason is not null, $"{service} starts in Production on demo secrets");
            reasons.Add($"{service}: {reason!.Trim().Split(' ')[0]}");
        }

        return $"none starts on the example's secrets ({string.Join(", ", reasons)})";
    }

    internal static async Task<string> MemoryAsync()
    {
        // Idle: what the start has needed is given back by then.
        await Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System);
        var used = new Dictionary<string, double>();

        foreach (var container in (await Composition.ContainersAsync()).Where(one => Services.Contains(one.Service)))
        {
            var text = (await Shell.RunAsync("docker", ["stats", "--no-stream", "--format", "{{.MemUsage}}", container.Id])).Ok("docker stats").Split('/')[0].Trim();
            Hold(text.EndsWith("MiB", StringComparison.Ordinal), $"{container.Name} uses {text}");
            used[container.Service] = double.Parse(text[..^3], CultureInfo.InvariantCulture);
        }

        var sum = used.Values.Sum();
        Hold(used.Count == Services.Length && sum < MostMemory, $"the three services use {sum:0} MiB; {MostMemory:0} are allowed");
        return $"{sum:0} MiB in all ({string.Join(", ", used.Select(one => $"{one.Key} {one.Value:0}"))}); below {MostMemory:0} is asked for";
    }

    internal static void Hold(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new Unmet(otherwise);
        }
    }
}
