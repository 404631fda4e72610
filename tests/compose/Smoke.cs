using System.Globalization;
using System.Text.Json.Nodes;

namespace Coworking.ComposeTest;

/// <summary>What a new user would try, through the two published ports.</summary>
internal sealed class Smoke(Composition composition)
{
    private const string Room = "b6194839-7438-4587-a52e-eeef27d00282";
    private const string Samples = "docs/samples";

    private JsonNode? _device;
    private string _space = "";
    private string _location = "";

    internal string Space => _space;

    /// <summary>Eight days ahead: within what policies allow.</summary>
    internal static string Day => TimeProvider.System.GetUtcNow().AddDays(8).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    internal static async Task<string> HealthAsync()
    {
        using var api = await ApiAsync();
        var health = await Shell.UntilAsync(
            async () => await api.GetAsync("/health") is var one && one["services"]!.AsObject().All(service => service.Value!.GetValue<string>() == "ok") ? one : null, "/health tells of healthy services");
        var locations = (await api.GetAsync("/api/v1/locations"))["data"]!.AsArray().Count;
        var windows = await Shell.UntilAsync(
            async () => (await api.GetAsync($"/api/v1/iot/spaces/{Room}/telemetry?minutes=5")) is JsonArray { Count: > 0 } rows ? rows : null, "the simulated device of Sala Azul is heard");
        return $"{health["services"]!.ToJsonString()}; {locations} demo locations, {windows.Count} windows of the simulated device";
    }

    internal static async Task<string> BookingAsync()
    {
        using var api = await ApiAsync();
        var booking = new { spaceId = Room, clientEmail = "you@example.com", bookingDate = Day, startTime = $"{Day}T16:00:00Z", endTime = $"{Day}T17:00:00Z" };
        var first = await api.SendAsync(HttpMethod.Post, "/api/v1/bookings", booking, Api.UserKey);
        var rival = await api.SendAsync(HttpMethod.Post, "/api/v1/bookings", booking with { clientEmail = "rival@example.com" }, Api.UserKey);
        Start.Hold((first.Status, rival.Status) == (201, 409), $"201 and 409 expected, {first.Status} and {rival.Status} came: {first.Body} {rival.Body}");
        return $"201, and its rival's 409 ({rival.Body!["code"]})";
    }

    /// <summary>A space of its own: nobody else's samples are in the way.</summary>
    internal async Task<string> DeviceAsync()
    {
        using var api = await ApiAsync();
        _location = (await api.PostAsync("/api/v1/locations", new { name = "Compose", latitude = 19.4, longitude = -99.1 }))["id"]!.GetValue<string>();
        _space = (await api.PostAsync("/api/v1/spaces", new { locationId = _location, name = "Compose room", capacity = 4 }))["id"]!.GetValue<string>();
        _device = await Shell.UntilAsync(
            async () => await api.SendAsync(HttpMethod.Post, "/api/v1/devices", new { serialNumber = "COMPOSE-1", spaceId = _space }) is (201, var body) ? body : null, "the space is known to iot-ingest, and a device is registered");
        await PublishAsync([Sample(TimeProvider.System.GetUtcNow().AddHours(-3), 500)]);
        await CountedAsync(1);
        return $"registered, published by mosquitto_pub as {_device!["mqtt"]!["username"]!.GetValue<string>()[..13]}…, and the reading is there";
    }

    internal async Task<string> AlertAsync()
    {
        using var api = await ApiAsync();
        var address = $"amqp://observer:demo-secret-bus-observer@{await BusAsync()}/coworking";
        using var consumer = Shell.Start("node", ["alert-consumer.js"], new Dictionary<string, string> { ["AMQP_URL"] = address, ["QUEUE"] = "observer.compose-test" }, folder: Samples);

        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
            var waiting = await consumer.StandardError.ReadLineAsync(limit.Token);
            Start.Hold(waiting?.StartsWith("Waiting", StringComparison.Ordinal) == true, $"the consumer of docs/samples says: {waiting} (npm ci --prefix {Samples})");
            var listening = new TaskCompletionSource();
            var streamed = api.HearAsync($"spaceId={_space}&events=alert", line => line.StartsWith("data:", StringComparison.Ordinal) && line.Contains("\"opened\"", StringComparison.Ordinal), listening, 60);
            await listening.Task;

            var start = TimeProvider.System.GetUtcNow().AddHours(-2);
            await PublishAsync(Enumerable.Range(0, 40).Select(i => Sample(start.AddSeconds(10 * i), 1400)));
            Start.Hold(await streamed is not null, "no alert came on the stream");
            string? said;

            do
            {
                said = await consumer.StandardOutput.ReadLineAsync(limit.Token);
            }
            while (said is not null && !said.Contains(_space, StringComparison.Ordinal));

            Start.Hold(said is not null, "no alert came to the foreign AMQP client");
            return $"CO2 seen on the stream and by amqplib as observer: {JsonNode.Parse(said!)!["alert"]?["kind"]}";
        }
        catch (OperationCanceledException)
        {
            throw new Unmet("no alert came to the foreign AMQP client within 60 s");
        }
        finally
        {
            consumer.Kill(entireProcessTree: true);
        }
    }

    /// <summary>The account of other teams cannot say anything.</summary>
    internal static async Task<string> ReadOnlyAsync()
    {
        const string Program = """
            const amqp = require('amqplib');
            amqp.connect(process.env.AMQP_URL).then(async (connection) => {
              const channel = await connection.createConfirmChannel();
              channel.on('error', (error) => { console.log(error.message); process.exit(3); });
              channel.publish('coworking:alert-opened', '', Buffer.from('{}'));
              await channel.waitForConfirms();
              process.exit(0);
            }).catch((error) => { console.log(error.message); process.exit(3); });
            """;
        var address = $"amqp://observer:demo-secret-bus-observer@{await BusAsync()}/coworking";
        using var publisher = Shell.Start("node", ["-e", Program], new Dictionary<string, string> { ["AMQP_URL"] = address }, folder: Samples);
        var said = await publisher.StandardOutput.ReadToEndAsync();
        await publisher.WaitForExitAsync();
        Start.Hold(publisher.ExitCode == 3 && said.Contains("ACCESS_REFUSED", StringComparison.Ordinal), $"observer published an alert: {said}");
        return "observer is refused when it publishes (ACCESS_REFUSED)";
    }

    /// <summary>As the registered device, with QoS 1 through the published port; back when the broker has acknowledged all.</summary>
    internal async Task PublishAsync(IEnumerable<string> payloads)
    {
        var mqtt = _device!["mqtt"]!;
        string Of(string member) => mqtt[member]!.GetValue<string>();
        string[] client = ["-h", "127.0.0.1", "-p", composition.MqttPort, "-V", "5", "-q", "1", "-l", "-i", Of("clientId"), "-u", Of("username"), "-P", Of("password"), "-t", $"sites/{_location}/offices/{_space}/telemetry"];
        (await Shell.RunAsync("docker", ["run", "--rm", "-i", "--network", "host", "--entrypoint", "mosquitto_pub", "eclipse-mosquitto:2", .. client], input: string.Join('\n', payloads) + "\n")).Ok("mosquitto_pub");
    }

    /// <summary>Waits until exactly so many samples of the space are counted.</summary>
    internal async Task CountedAsync(int count)
    {
        using var api = await ApiAsync();
        var seen = 0;

        try
        {
            await Shell.UntilAsync(
                async () =>
                {
                    seen = (await api.GetAsync($"/api/v1/iot/spaces/{_space}/telemetry?minutes=1440")).AsArray().Sum(window => window!["sampleCount"]!.GetValue<int>());
                    return seen == count ? "" : null;
                },
                "all samples are counted");
        }
        catch (Unmet)
        {
            throw new Unmet($"{count} samples were sent, {seen} are counted");
        }
    }

    internal static string Sample(DateTimeOffset at, int co2) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"ts":"{{at.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}}","temp_c":21.5,"humidity_pct":45,"co2_ppm":{{co2}},"occupancy":1,"power_w":90}""");

    private static async Task<string> BusAsync() => await Composition.PublishedAsync((await Composition.ContainersAsync("rabbitmq"))[0], 5672);

    private static async Task<Api> ApiAsync() => new(await Composition.PublishedAsync((await Composition.ContainersAsync("gateway"))[0], 8080));
}
