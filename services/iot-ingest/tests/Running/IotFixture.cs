using System.Globalization;
using System.Text;
using Coworking.Contracts;
using Coworking.Mqtt;

namespace Coworking.IotIngest.Tests.Running;

/// <summary>A platform with one service that runs, shared by the tests of a class; each test takes a space of its own.</summary>
public sealed class IotFixture : IAsyncLifetime
{
    private TestPlatform? _platform;
    private RunningService? _service;

    internal TestPlatform Platform => _platform!;

    internal RunningService Service => _service!;

    public async ValueTask InitializeAsync()
    {
        _platform = await TestPlatform.CreateAsync();
        _service = await _platform.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await (_service?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_platform?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    internal Task<Room> AddRoomAsync(Func<SpaceFacts, SpaceFacts>? more = null) => Room.AddAsync(Platform, Service, more);
}

/// <summary>A space, known to the service, whose devices are listened to.</summary>
internal sealed class Room
{
    private readonly TestPlatform _platform;
    private readonly RunningService _service;
    private long _version = 1;

    private Room(TestPlatform platform, RunningService service, SpaceFacts facts) => (_platform, _service, Facts) = (platform, service, facts);

    internal SpaceFacts Facts { get; private set; }

    internal Guid Id => Facts.Id;

    internal string Topic => TopicOf("telemetry");

    /// <summary>Half an hour ago, at a full minute.</summary>
    internal DateTimeOffset Start { get; } = FullMinute(TimeProvider.System.GetUtcNow().AddMinutes(-30));

    internal static async Task<Room> AddAsync(TestPlatform platform, RunningService service, Func<SpaceFacts, SpaceFacts>? more = null, bool isProbed = true)
    {
        var facts = new SpaceFacts(
            Guid.CreateVersion7(), Guid.CreateVersion7(), "Sala", "meeting_room", 8, Bookable: false, Active: true, "America/Mexico_City", OfficeHours: null, Climate: null);
        var room = new Room(platform, service, more?.Invoke(facts) ?? facts);
        await platform.Bus.SayAsync(TestPlatform.Location(room.Facts.LocationId));
        await platform.Bus.SayAsync(new SpaceChanged(Guid.CreateVersion7(), TimeProvider.System.GetUtcNow(), 1, ChangeKinds.Registered, room.Facts));
        await service.KnowsAsync(room.Id);

        if (isProbed)
        {
            await platform.SubscribedAsync(room.Facts.LocationId);
        }

        return room;
    }

    internal string TopicOf(string leaf) => $"sites/{Facts.LocationId}/offices/{Id}/{leaf}";

    /// <summary>Says on the bus that the space has changed.</summary>
    internal async Task ChangeAsync(SpaceFacts facts, string change = ChangeKinds.Changed)
    {
        Facts = facts;
        await _platform.Bus.SayAsync(new SpaceChanged(Guid.CreateVersion7(), TimeProvider.System.GetUtcNow(), ++_version, change, facts));
    }

    internal Task<bool> SendAsync(string payload, string leaf = "telemetry") => _platform.PublishAsync(TopicOf(leaf), Encoding.UTF8.GetBytes(payload));

    /// <summary>Samples with one member, this many seconds apart, sent in order.</summary>
    internal async Task SendSeriesAsync(DateTimeOffset from, int count, int stepSeconds, string member) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(i => SendAsync($"{{\"ts\":\"{Text(from.AddSeconds(i * stepSeconds))}\",{member}}}")));

    internal async Task StoredAsync(long readings) => await _platform.UntilAsync(
        "select count(*) from readings r join spaces s on s.key = r.space_key where s.id = $1", readings, Id);

    internal Task<System.Text.Json.JsonElement> AlertsAsync(string query = "") => _service.GetAsync($"/api/v1/iot/spaces/{Id}/alerts{query}");

    /// <summary>The next message about an alert of this space; of a version, where one is named: the bus does not keep an order, and a queue may hear what was said before it was bound.</summary>
    internal async Task<System.Text.Json.JsonElement> HeardAsync(System.Threading.Channels.ChannelReader<System.Text.Json.JsonElement> heard, int? version = null)
    {
        while (true)
        {
            var message = await heard.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TestPlatform.Limit, TestContext.Current.CancellationToken);

            if (message.GetProperty("alert").GetProperty("spaceId").GetGuid() == Id && (version is null || message.GetProperty("version").GetInt32() == version))
            {
                return message;
            }
        }
    }

    /// <summary>Whether more was said of an alert of this space by now; what was said of others is passed over.</summary>
    internal bool HasHeard(System.Threading.Channels.ChannelReader<System.Text.Json.JsonElement> heard)
    {
        while (heard.TryRead(out var message))
        {
            if (message.GetProperty("alert").GetProperty("spaceId").GetGuid() == Id)
            {
                return true;
            }
        }

        return false;
    }

    internal static string Text(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    internal static DateTimeOffset FullMinute(DateTimeOffset instant) => new(instant.Ticks - (instant.Ticks % TimeSpan.TicksPerMinute), TimeSpan.Zero);
}
