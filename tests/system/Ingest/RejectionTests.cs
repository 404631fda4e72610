using System.Net;
using System.Text.Json;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Ingest;

/// <summary>What is not taken is listed with its reason, and stands in nobody's way (reliability.md R9; under load: ./dev faults R9).</summary>
public sealed class RejectionTests(RunningPlatform running)
{
    private readonly TestPlatform _platform = running.Platform;

    [Fact]
    public async Task Each_bad_message_is_listed_with_its_reason_and_does_not_block_the_next_good_one()
    {
        var space = await _platform.NewMetSpaceAsync();
        var now = TimeProvider.System.GetUtcNow();
        var (good, stranger) = (Sample.Time(now), Guid.CreateVersion7());
        (string Reason, string Topic, string Payload)[] bad =
        [
            ("malformed", space.Topic("telemetry"), "{\"ts\":"),
            ("malformed", space.Topic("telemetry"), "{\"temp_c\":20}"),
            ("malformed", space.Topic("telemetry"), $"{{\"ts\":\"{good[..^1]}\",\"temp_c\":20}}"),
            ("no_metric", space.Topic("telemetry"), $"{{\"ts\":\"{good}\",\"colour\":\"blue\"}}"),
            ("out_of_range", space.Topic("telemetry"), $"{{\"ts\":\"{good}\",\"temp_c\":20,\"humidity_pct\":101}}"),
            ("future", space.Topic("telemetry"), Sample.Of(now.AddHours(1), tempC: 20)),
            ("too_old", space.Topic("telemetry"), Sample.Of(now.AddDays(-31), tempC: 20)),
            ("unknown_space", space.Topic("telemetry").Replace(space.Id.ToString(), stranger.ToString(), StringComparison.Ordinal), Sample.Of(now, tempC: 20)),
            ("wrong_site", space.Topic("telemetry").Replace(space.LocationId.ToString(), Demo.North.ToString(), StringComparison.Ordinal), Sample.Of(now, tempC: 20)),
            ("too_large", space.Topic("telemetry"), $"{{\"ts\":\"{good}\",\"temp_c\":20,\"text\":\"{new string('x', 17_000)}\"}}"),
            ("malformed", space.Topic("reported"), "no report"),
        ];

        foreach (var (_, topic, payload) in bad)
        {
            await _platform.Devices.PublishWholeAsync(topic, payload);
        }

        await _platform.Devices.PublishAsync(space, Sample.Of(now, tempC: 20));
        await Eventually.ReadAsync(() => _platform.Devices.SamplesAsync(space), count => count == 1, "the good sample behind the bad ones");

        foreach (var of in bad.GroupBy(message => message.Reason))
        {
            // One of the topics belongs to another partition, whose connection keeps an order of its own.
            var ours = await Eventually.ReadAsync(() => OursAsync(of.Key), rows => rows.Count >= of.Count(), $"{of.Key} is listed");
            Assert.Equal(of.Select(message => (message.Topic, Kept(message.Payload))).Order(), ours.Select(row => (row.Text("topic"), row.Text("payload"))).Order());
            Assert.All(ours, row => IsRow(row, of.Key));
        }

        // Meeting the space may have left messages of its own, sent before the space was known.
        async Task<List<JsonElement>> OursAsync(string reason) => (await _platform.Admin.GetAsync($"/api/v1/iot/rejected?reason={reason}&pageSize=100")).Expect(HttpStatusCode.OK).Rows()
            .FindAll(row => bad.Any(message => message.Topic == row.Text("topic") && Kept(message.Payload) == row.Text("payload")));

        static string Kept(string payload) => payload[..Math.Min(payload.Length, 4096)];

        static void IsRow(JsonElement row, string reason)
        {
            row.HasMembers("receivedAt", "topic", "reason", "payload");
            Assert.Equal(reason, row.Text("reason"));
            row.Instant("receivedAt");
        }
    }

    [Fact]
    public async Task A_message_of_QoS_0_counts_as_well_and_one_without_milliseconds_or_with_an_offset_too()
    {
        var space = await _platform.NewMetSpaceAsync();
        var at = TimeProvider.System.GetUtcNow().AddMinutes(-3);

        await _platform.Devices.PublishWholeAsync(space.Topic("telemetry"), Sample.Of(at, tempC: 20), qos: 0);
        await _platform.Devices.PublishWholeAsync(space.Topic("telemetry"), $"{{\"ts\":\"{at.AddSeconds(2):yyyy-MM-ddTHH:mm:ssZ}\",\"occupancy\":2}}", qos: 0);
        await _platform.Devices.PublishAsync(space, $"{{\"ts\":\"{at.AddSeconds(4).ToOffset(TimeSpan.FromHours(-6)):yyyy-MM-ddTHH:mm:sszzz}\",\"power_w\":120}}");

        await Eventually.ReadAsync(() => _platform.Devices.SamplesAsync(space), count => count == 3, "three samples are stored");
    }

    [Fact]
    public async Task The_list_is_for_ADMIN_and_takes_known_reasons_only()
    {
        (await _platform.User.GetAsync("/api/v1/iot/rejected")).ExpectProblem(HttpStatusCode.Forbidden);
        (await _platform.Admin.GetAsync("/api/v1/iot/rejected?reason=because")).ExpectProblem(HttpStatusCode.BadRequest, "reason");
        (await _platform.Admin.GetAsync("/api/v1/iot/rejected?page=1&pageSize=1")).Expect(HttpStatusCode.OK).Rows();
    }
}
