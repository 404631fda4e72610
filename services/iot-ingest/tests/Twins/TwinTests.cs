using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Coworking.Contracts;
using Coworking.Hosting.Identity;
using Coworking.IotIngest.Tests.Running;
using Coworking.Local;

namespace Coworking.IotIngest.Tests.Twins;

public sealed class TwinTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_known_of_a_device_until_somebody_asks_or_it_speaks()
    {
        var room = await fixture.AddRoomAsync();
        var twin = await TwinAsync(room);
        Assert.All((string[])["desired", "reported", "updatedAt"], name => Assert.Equal(JsonValueKind.Null, twin.GetProperty(name).ValueKind));
        Assert.Equal(room.Id, twin.GetProperty("spaceId").GetGuid());
    }

    [Fact]
    public async Task What_is_desired_reaches_the_device_retained_with_exactly_the_keys_of_the_firmware()
    {
        var room = await fixture.AddRoomAsync();
        var said = await fixture.Platform.Bus.HearAsync<TwinChanged>();
        using var stream = await fixture.Service.StreamAsync($"?events=twin_update&spaceId={room.Id}");
        using var device = new ForeignSubscriber(fixture.Platform, room.TopicOf("desired"));

        var row = await DesireAsync(room, new { samplingIntervalSec = 30 });
        Assert.Equal((30, 1000, 1L), (row.GetProperty("samplingIntervalSec").GetInt32(), row.GetProperty("co2AlertThreshold").GetInt32(), row.GetProperty("version").GetInt64()));
        Assert.Equal("""{"samplingIntervalSec":30,"co2AlertThreshold":1000}""", row.GetProperty("desired").GetRawText());
        Assert.Equal(JsonValueKind.Null, row.GetProperty("reported").ValueKind);
        Assert.Equal(room.Id, row.GetProperty("spaceId").GetGuid());
        Assert.NotEqual(Guid.Empty, row.GetProperty("id").GetGuid());
        Assert.Equal("""{"samplingIntervalSec":30,"co2_alert_threshold":1000}""", await device.NextAsync());

        // A device that comes later gets it as well.
        using var late = new ForeignSubscriber(fixture.Platform, room.TopicOf("desired"));
        Assert.Equal("""{"samplingIntervalSec":30,"co2_alert_threshold":1000}""", await late.NextAsync());
        await PublishedAsync(room);

        // The same again: the same version, and nothing is published.
        Assert.Equal(1, (await DesireAsync(room, new { samplingIntervalSec = 30, co2AlertThreshold = 1000 })).GetProperty("version").GetInt64());
        Assert.Equal(2, (await DesireAsync(room, new { co2AlertThreshold = 800 })).GetProperty("version").GetInt64());
        Assert.Equal("""{"samplingIntervalSec":30,"co2_alert_threshold":800}""", await device.NextAsync());

        var frame = (await stream.NextAsync())!;
        Assert.Equal(("twin_update", "desired", room.Id), (frame.Name, frame.Data.GetProperty("kind").GetString(), frame.SpaceId));
        Assert.Equal("""{"samplingIntervalSec":30,"co2AlertThreshold":1000}""", frame.Data.GetProperty("payload").GetRawText());
        Assert.Equal(800, (await stream.NextAsync())!.Data.GetProperty("payload").GetProperty("co2AlertThreshold").GetInt32());

        foreach (var (version, message) in (await HeardAsync(said, room, 2)).Index())
        {
            Assert.Equal((version + 1L, version + 1L, 0L), (Number(message, "version"), Number(message, "desiredVersion"), Number(message, "reportedVersion")));
        }
    }

    [Fact]
    public async Task What_a_device_reports_is_kept_and_what_is_older_is_not()
    {
        var room = await fixture.AddRoomAsync();
        var said = await fixture.Platform.Bus.HearAsync<TwinChanged>();
        using var stream = await fixture.Service.StreamAsync($"?events=twin_update&spaceId={room.Id}");

        foreach (var (minute, sampling) in ((int, int)[])[(1, 20), (1, 21), (1, 20), (0, 22), (2, 10)])
        {
            await room.SendAsync(
                $"{{\"ts\":\"{Room.Text(room.Start.AddMinutes(minute))}\",\"samplingIntervalSec\":{sampling},\"co2_alert_threshold\":1000,\"firmwareVersion\":\"1.0.0\"}}", "reported");
        }

        // Of two with the same time the later one counts, and a copy of what was kept never does.
        var messages = await HeardAsync(said, room, 3);

        foreach (var (version, sampling) in ((int, int)[])[(1, 20), (2, 21), (3, 10)])
        {
            var message = messages[version - 1];
            Assert.Equal((version, version, sampling), (Number(message, "version"), Number(message, "reportedVersion"), (int)Number(message.GetProperty("reported"), "samplingIntervalSec")));
            var frame = (await stream.NextAsync())!;
            Assert.Equal(("reported", sampling), (frame.Data.GetProperty("kind").GetString(), (int)Number(frame.Data.GetProperty("payload"), "samplingIntervalSec")));
        }

        var reported = (await TwinAsync(room)).GetProperty("reported");
        Assert.Equal((10, 1000, "1.0.0"), ((int)Number(reported, "samplingIntervalSec"), (int)Number(reported, "co2AlertThreshold"), reported.GetProperty("firmwareVersion").GetString()));
        Assert.Equal(room.Start.AddMinutes(2), reported.GetProperty("reportedAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task A_broker_that_is_away_gets_what_is_desired_when_it_is_back()
    {
        await using var platform = await TestPlatform.CreateAsync();
        await using var service = await platform.StartAsync();
        var room = await Room.AddAsync(platform, service);
        await platform.Broker.StopAsync(Ended);

        foreach (var sampling in (int[])[7, 8, 9])
        {
            using var answer = await service.SendAsync(HttpMethod.Patch, $"/api/v1/iot/spaces/{room.Id}/desired", new { samplingIntervalSec = sampling });
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.False((await answer.Content.ReadFromJsonAsync<JsonElement>(Ended)).GetProperty("published").GetBoolean());
        }

        await platform.Broker.RestartAsync(Ended);
        await platform.UntilAsync("select published_version from twins where space_id = $1", 3, room.Id);
        using var device = new ForeignSubscriber(platform, room.TopicOf("desired"));
        Assert.Equal("""{"samplingIntervalSec":9,"co2_alert_threshold":1000}""", await device.NextAsync());

        // And the sessions are back, with what they listen to.
        await platform.SubscribedAsync(room.Facts.LocationId);
        await room.SendSeriesAsync(room.Start, 3, 10, "\"temp_c\":20");
        await room.StoredAsync(3);
    }

    [Fact]
    public async Task A_space_that_moves_takes_its_desired_state_along_and_one_that_goes_leaves_none()
    {
        var room = await fixture.AddRoomAsync();
        var old = room.TopicOf("desired");
        await DesireAsync(room, new { samplingIntervalSec = 12 });
        await PublishedAsync(room);

        await room.ChangeAsync(room.Facts with { LocationId = Guid.CreateVersion7() });
        await fixture.Service.KnowsAsync(room.Id, space => space.LocationId == room.Facts.LocationId);
        using var device = new ForeignSubscriber(fixture.Platform, room.TopicOf("desired"));
        Assert.Equal("""{"samplingIntervalSec":12,"co2_alert_threshold":1000}""", await device.NextAsync());
        Assert.False(await ForeignSubscriber.IsRetainedAsync(fixture.Platform, old));

        await room.ChangeAsync(room.Facts, ChangeKinds.Removed);
        Assert.Equal("", await device.NextAsync());
        Assert.False(await ForeignSubscriber.IsRetainedAsync(fixture.Platform, room.TopicOf("desired")));
    }

    [Fact]
    public async Task The_sampling_interval_in_force_is_kept_with_each_window()
    {
        var room = await fixture.AddRoomAsync();
        await room.SendSeriesAsync(room.Start, 1, 60, "\"temp_c\":20");
        await room.StoredAsync(1);
        await DesireAsync(room, new { samplingIntervalSec = 60 });
        await fixture.Service.KnowsAsync(room.Id, space => space.SamplingInterval == TimeSpan.FromMinutes(1));
        // One of the past, which came late, and one of a minute that begins after the change.
        await room.SendSeriesAsync(room.Start.AddMinutes(1), 1, 60, "\"temp_c\":20");
        await room.SendSeriesAsync(Room.FullMinute(TimeProvider.System.GetUtcNow()).AddMinutes(1), 1, 60, "\"temp_c\":20");
        await room.StoredAsync(3);
        Assert.Equal([10, 10, 60], await fixture.Platform.ListAsync(
            "select sampling_interval_sec from windows w join spaces s on s.key = w.space_key where s.id = $1 order by window_start", reader => reader.GetInt32(0), room.Id));
    }

    private static long Number(JsonElement message, string name) => message.GetProperty(name).GetInt64();

    /// <summary>So many messages of the room, by version: the bus promises no order among those of one commit, their versions tell it.</summary>
    private static async Task<List<JsonElement>> HeardAsync(System.Threading.Channels.ChannelReader<JsonElement> heard, Room room, int count)
    {
        var messages = new List<JsonElement>();

        while (messages.Count < count)
        {
            var message = await heard.ReadAsync(Ended).AsTask().WaitAsync(TestPlatform.Limit, Ended);

            if (message.GetProperty("spaceId").GetGuid() == room.Id)
            {
                messages.Add(message);
            }
        }

        return [.. messages.OrderBy(message => Number(message, "version"))];
    }

    private Task<JsonElement> TwinAsync(Room room) => fixture.Service.GetAsync($"/api/v1/iot/spaces/{room.Id}/twin");

    private Task PublishedAsync(Room room) =>
        Wait.UntilAsync(async () => (await TwinAsync(room)).GetProperty("published").GetBoolean(), TestPlatform.Limit, "desired published", Ended);

    private async Task<JsonElement> DesireAsync(Room room, object desired)
    {
        using var answer = await fixture.Service.SendAsync(HttpMethod.Patch, $"/api/v1/iot/spaces/{room.Id}/desired", desired, Roles.Admin);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Ended);
    }
}
