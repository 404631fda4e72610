using System.Globalization;
using System.Net;
using Coworking.Local;

namespace Coworking.SystemTests.Running;

/// <summary>The devices' side of the broker, through Mosquitto's own clients: nothing of ours speaks MQTT here.</summary>
internal sealed class DeviceSide(MosquittoServer broker, ApiClient user)
{
    // mosquitto_pub -l takes itself for done when its last packet identifier is acknowledged; beyond 65,535 lines that one comes by earlier, too.
    private const int MaxLines = 50_000;

    private string[] Broker => ["-h", broker.Host, "-p", broker.Port.ToString(CultureInfo.InvariantCulture)];

    /// <summary>One QoS 1 message a line over one connection; back when the broker has acknowledged all.</summary>
    internal Task PublishAsync(string topic, IEnumerable<string> payloads) => PublishAsync(topic, payloads.ToAsyncEnumerable());

    internal async Task PublishAsync(string topic, IAsyncEnumerable<string> payloads)
    {
        await using var rest = payloads.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var hasMore = true;

        while (hasMore)
        {
            await ForeignProgram.RunAsync("mosquitto_pub", [.. Broker, "-V", "5", "-q", "1", "-l", "-t", topic], NextAsync());
        }

        async IAsyncEnumerable<string> NextAsync()
        {
            for (var line = 0; line < MaxLines && (hasMore = await rest.MoveNextAsync()); line++)
            {
                yield return rest.Current;
            }
        }
    }

    internal Task PublishAsync(TestSpace space, params string[] payloads) => PublishAsync(space.Topic("telemetry"), payloads);

    /// <summary>The whole text as one message; mosquitto_pub -l would cut it at line ends.</summary>
    internal async Task PublishWholeAsync(string topic, string payload, int qos = 1) =>
        await ForeignProgram.RunAsync("mosquitto_pub", [.. Broker, "-q", qos.ToString(CultureInfo.InvariantCulture), "-s", "-t", topic], input: payload);

    /// <summary>The retained message of a topic, as a device gets it that connects now.</summary>
    internal async Task<string> RetainedAsync(string topic) =>
        (await ForeignProgram.RunAsync("mosquitto_sub", [.. Broker, "-q", "1", "-C", "1", "-W", "60", "-F", "%r %p", "-t", topic])).Trim();

    /// <summary>Sends old samples until one has come through: from then on the space's samples are taken, and its settings so far are known.</summary>
    internal async Task MeetAsync(TestSpace space)
    {
        await using var stream = await LiveStream.OpenAsync(user, $"?spaceId={space.Id}&events=telemetry");
        var at = Sample.Oldest;

        await Eventually.HoldsAsync(
            async () =>
            {
                at = at.AddSeconds(1);
                await PublishAsync(space, Sample.Of(at, tempC: 21));
                return stream.Seen.Count > 0;
            },
            $"samples of {space.Name} are taken");
    }

    /// <summary>All windows of the last day.</summary>
    internal async Task<List<System.Text.Json.JsonElement>> WindowsAsync(TestSpace space) =>
        (await user.GetAsync($"{space.Iot}/telemetry?minutes=1440")).Expect(HttpStatusCode.OK).Rows();

    internal async Task<int> SamplesAsync(TestSpace space) => (await WindowsAsync(space)).Sum(window => window.Whole("sampleCount"));
}

/// <summary>Payloads as devices write them.</summary>
internal static class Sample
{
    /// <summary>Old, and still kept: raw readings stay for 30 days.</summary>
    internal static DateTimeOffset Oldest => TimeProvider.System.GetUtcNow().AddDays(-29);

    internal static string Of(DateTimeOffset at, double? tempC = null, double? co2 = null, int? occupancy = null)
    {
        var members = new List<string> { $"\"ts\":\"{Time(at)}\"" };
        Add("temp_c", tempC);
        Add("co2_ppm", co2);
        Add("occupancy", occupancy);
        return $"{{{string.Join(',', members)}}}";

        void Add(string name, double? value)
        {
            if (value is { } number)
            {
                members.Add(string.Create(CultureInfo.InvariantCulture, $"\"{name}\":{number}"));
            }
        }
    }

    internal static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
