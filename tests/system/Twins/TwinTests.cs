using System.Net;
using System.Text.Json;
using Coworking.SystemTests.Running;

namespace Coworking.SystemTests.Twins;

/// <summary>The rows of wire.md about twins, with a device at the other end.</summary>
public sealed class TwinTests(RunningPlatform running)
{
    private readonly TestPlatform _platform = running.Platform;

    [Fact]
    public async Task A_twin_of_which_nothing_is_known_has_null_halves()
    {
        var space = await KnownSpaceAsync();
        var twin = (await _platform.User.GetAsync($"{space.Iot}/twin")).Expect(HttpStatusCode.OK);
        Assert.True(twin.IsNull("desired") && twin.IsNull("reported"));
    }

    [Fact]
    public async Task A_wish_reaches_the_device_retained_with_exactly_its_two_keys_and_the_stream()
    {
        var space = await KnownSpaceAsync();
        await using var stream = await LiveStream.OpenAsync(_platform.User, $"?spaceId={space.Id}&events=twin_update");

        var answer = (await _platform.Admin.PatchAsync($"{space.Iot}/desired", new { samplingIntervalSec = 30 })).Expect(HttpStatusCode.OK);
        answer.HasMembers("id", "spaceId", "samplingIntervalSec", "co2AlertThreshold", "updatedAt", "desired", "reported");
        Assert.Equal((space.Id, 30, 1000), (answer.Id("spaceId"), answer.Whole("samplingIntervalSec"), answer.Whole("co2AlertThreshold")));
        Assert.True(answer.IsNull("reported"));
        (await _platform.Admin.PatchAsync($"{space.Iot}/desired", new { co2AlertThreshold = 900 })).Expect(HttpStatusCode.OK);

        // Whoever subscribes a moment before it is published gets it without the mark.
        var retained = await Eventually.ReadAsync(
            () => _platform.Devices.RetainedAsync(space.Topic("desired")), text => text.StartsWith('1') && text.Contains("900", StringComparison.Ordinal), "the wish, retained at the broker");
        Assert.Equal("""1 {"samplingIntervalSec":30,"co2_alert_threshold":900}""", retained);

        var update = await stream.WaitForAsync("twin_update", data => data.At("payload").Whole("co2AlertThreshold") == 900, "the wish on the stream");
        update.Data.HasMembers("spaceId", "kind", "payload", "ts");
        Assert.Equal((space.Id, "desired", 30), (update.Data.Id("spaceId"), update.Data.Text("kind"), update.Data.At("payload").Whole("samplingIntervalSec")));
        Assert.NotNull(update.Id);

        var twin = (await _platform.User.GetAsync($"{space.Iot}/twin")).Expect(HttpStatusCode.OK);
        Assert.Equal((30, 900), (twin.At("desired").Whole("samplingIntervalSec"), twin.At("desired").Whole("co2AlertThreshold")));
        await Eventually.ReadAsync(
            async () => (await _platform.User.GetAsync($"/api/v1/spaces/{space.Id}")).Json.At("deviceDesired"),
            desired => desired.ValueKind == JsonValueKind.Object && desired.Whole("co2AlertThreshold") == 900,
            "the wish with the space");
    }

    [Fact]
    public async Task What_a_device_reports_shows_in_the_twin_with_the_space_and_on_the_stream()
    {
        var space = await _platform.NewMetSpaceAsync();
        await using var stream = await LiveStream.OpenAsync(_platform.User, $"?spaceId={space.Id}&events=twin_update");
        var at = TimeProvider.System.GetUtcNow();

        await _platform.Devices.PublishAsync(space.Topic("reported"), [$$"""{"ts":"{{Sample.Time(at)}}","samplingIntervalSec":10,"co2_alert_threshold":1000,"firmwareVersion":"1.0.0"}"""]);

        var update = await stream.WaitForAsync("twin_update", data => data.Text("kind") == "reported", "the report on the stream");
        IsReport(update.Data.At("payload"));
        IsReport((await _platform.User.GetAsync($"{space.Iot}/twin")).Json.At("reported"));
        IsReport(await Eventually.ReadAsync(
            async () => (await _platform.User.GetAsync($"/api/v1/spaces/{space.Id}")).Json.At("deviceReported"), reported => reported.ValueKind == JsonValueKind.Object, "the report with the space"));

        // An older report changes nothing.
        await _platform.Devices.PublishAsync(space.Topic("reported"), [$$"""{"ts":"{{Sample.Time(at.AddMinutes(-1))}}","samplingIntervalSec":99,"co2_alert_threshold":1000,"firmwareVersion":"0.9.0"}"""]);
        await _platform.Devices.PublishAsync(space.Topic("reported"), [$$"""{"ts":"{{Sample.Time(at.AddSeconds(1))}}","samplingIntervalSec":20,"co2_alert_threshold":1000,"firmwareVersion":"1.0.1"}"""]);
        await stream.WaitForAsync("twin_update", data => data.At("payload").Whole("samplingIntervalSec") == 20, "the newer report");
        Assert.DoesNotContain(stream.Seen, seen => seen.Data.At("payload").Whole("samplingIntervalSec") == 99);

        static void IsReport(JsonElement reported) =>
            Assert.Equal((10, 1000, "1.0.0"), (reported.Whole("samplingIntervalSec"), reported.Whole("co2AlertThreshold"), reported.Text("firmwareVersion")));
    }

    [Theory]
    [InlineData("""{"samplingIntervalSec":0}""", "samplingIntervalSec")]
    [InlineData("""{"samplingIntervalSec":3601}""", "samplingIntervalSec")]
    [InlineData("""{"samplingIntervalSec":"often"}""", "samplingIntervalSec")]
    [InlineData("""{"co2AlertThreshold":99}""", "co2AlertThreshold")]
    [InlineData("""{"co2AlertThreshold":5001}""", "co2AlertThreshold")]
    [InlineData("{}", "samplingIntervalSec")]
    public async Task A_wish_out_of_range_is_refused_and_nothing_is_kept(string body, string field)
    {
        var space = await KnownSpaceAsync();
        using var content = ApiClient.Body(body);
        (await _platform.Admin.SendAsync(HttpMethod.Patch, $"{space.Iot}/desired", content)).ExpectProblem(HttpStatusCode.BadRequest, field).At("errors", field);
        Assert.True((await _platform.User.GetAsync($"{space.Iot}/twin")).Json.IsNull("desired"));
    }

    /// <summary>A new space that iot-ingest has heard of.</summary>
    private async Task<TestSpace> KnownSpaceAsync()
    {
        var space = await _platform.NewSpaceAsync();
        await Eventually.HoldsAsync(() => _platform.User.ServesAsync($"{space.Iot}/twin"), "iot-ingest has heard of the space");
        return space;
    }
}
