using System.Globalization;

namespace Coworking.ComposeTest;

/// <summary>Several of each: sharing, losing one, and rolling all of them under load.</summary>
internal sealed class ReplicaSteps(Composition composition, Smoke smoke)
{
    private const double MostFailed = 0.001;
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(10);

    // How late a balancer hears that a gateway goes, which serves on for two (Stop__Delay).
    private static readonly TimeSpan Notice = TimeSpan.FromSeconds(1);

    private const string Shares = "select string_agg(n::text, ', ' order by n) from (select count(*) as n from iot.leases where name like 'partition/%' and held_until > now() group by holder) as held";

    internal async Task<string> ScaleAsync()
    {
        await ScaleAsync("iot-ingest", 3);
        var shares = await SharesAsync(3);
        var gateway = (await Composition.ContainersAsync("gateway"))[0];
        var found = await Shell.UntilAsync(
            async () => (await Composition.LogAsync(gateway)).Split('\n').LastOrDefault(line => line.Contains("iot-ingest is now at", StringComparison.Ordinal) && line.Split(", ").Length == 3)?.Trim(), "the gateway finds three");
        return $"partitions held by the three: {shares}; the gateway: {found}";
    }

    internal async Task<string> KillAsync()
    {
        var killed = (await Composition.ContainersAsync("iot-ingest"))[^1];
        var start = TimeProvider.System.GetUtcNow().AddHours(-1);
        var half = smoke.PublishAsync(Enumerable.Range(0, 1000).Select(i => Smoke.Sample(start.AddSeconds(i), 500)));
        (await Shell.RunAsync("docker", ["kill", killed.Id])).Ok("docker kill");
        await half;
        await smoke.PublishAsync(Enumerable.Range(1000, 1000).Select(i => Smoke.Sample(start.AddSeconds(i), 500)));
        var shares = await SharesAsync(2);
        // One of the device's step and forty of the alert's before them.
        await smoke.CountedAsync(2041);
        (await Shell.RunAsync("docker", ["start", killed.Id])).Ok("docker start");
        await Composition.HealthyAsync(180, "iot-ingest");
        return $"one of three killed while 2,000 readings came: each counted once; partitions held by the two: {shares}";
    }

    internal async Task<string> RollAsync()
    {
        await ScaleAsync("reservations", 2);
        await ScaleAsync("gateway", 2);
        await SharesAsync(3);
        using var load = new Load(await GatewaysAsync(), smoke.Space, Smoke.Day);
        var stops = new Dictionary<string, double>();

        foreach (var service in Start.Services)
        {
            foreach (var replica in await Composition.ContainersAsync(service))
            {
                await load.SettledAsync();
                var stopping = StopAsync(replica);

                if (service == "gateway")
                {
                    await Task.Delay(Notice);
                    load.Gateways = await GatewaysAsync(replica);
                }

                stops[service] = Math.Max(stops.GetValueOrDefault(service), await stopping);
                (await Shell.RunAsync("docker", ["start", replica.Id])).Ok("docker start");
                await Composition.HealthyAsync(180, service);
                // Its published port is another one now.
                load.Gateways = await GatewaysAsync();
            }
        }

        await load.EndAsync();
        var failed = load.Failures.Values.Sum();
        var told = $"{load.Sent} requests, {failed} failed{string.Concat(load.Failures.Select(one => $"; {one.Key}: {one.Value}"))}";
        Start.Hold(load.Sent > 1000 && failed <= load.Sent * MostFailed, $"{told}: more than {MostFailed:P1}");
        return $"{told}; slowest stop: {string.Join(", ", stops.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Key} {one.Value:0.0} s")))}";
    }

    /// <summary>Where the gateways are published, but for one.</summary>
    private static async Task<string[]> GatewaysAsync(Container? without = null)
    {
        var addresses = new List<string>();

        foreach (var gateway in (await Composition.ContainersAsync("gateway")).Where(one => one.Id != without?.Id))
        {
            addresses.Add(await Composition.PublishedAsync(gateway, 8080));
        }

        return [.. addresses];
    }

    /// <summary>SIGTERM; the seconds until it has ended by itself.</summary>
    private static async Task<double> StopAsync(Container replica)
    {
        var began = TimeProvider.System.GetTimestamp();
        (await Shell.RunAsync("docker", ["stop", "-t", "20", replica.Id])).Ok("docker stop");
        var took = TimeProvider.System.GetElapsedTime(began);
        var code = (await Composition.ContainersAsync(replica.Service)).Find(one => one.Id == replica.Id)!.ExitCode;
        Start.Hold(code == 0 && took <= LongestStop, $"{replica.Name} ended {took.TotalSeconds:0.0} s after SIGTERM with code {code}");
        return took.TotalSeconds;
    }

    private async Task ScaleAsync(string service, int count)
    {
        (await composition.ComposeAsync(180, "up", "-d", "--no-build", "--no-deps", "--no-recreate", "--scale", $"{service}={count}", service)).Ok($"compose up --scale {service}={count}");
        await Composition.HealthyAsync(180, service);
    }

    /// <summary>How many partitions each holds, once so many share all of them evenly.</summary>
    private static Task<string> SharesAsync(int replicas) => Shell.UntilAsync(
        async () =>
        {
            var text = (await Composition.SqlAsync(Shares)).Ok("the leases");
            var held = text.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToList();
            return held.Count == replicas && held.Sum() == 16 && held.Max() - held.Min() <= 1 ? text : null;
        },
        $"{replicas} replicas of iot-ingest share the partitions",
        90);
}
