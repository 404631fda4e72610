using System.Net;
using System.Text;
using Coworking.Contracts;
using Coworking.IotIngest.Tests.Running;
using Coworking.Local;
using Coworking.Mqtt;

namespace Coworking.IotIngest.Tests.Twins;

public sealed class DesiredPublisherTests
{
    private const string Forty = """{"samplingIntervalSec":40,"co2_alert_threshold":1000}""";

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_that_dies_before_it_publishes_or_before_it_notes_that_it_did_loses_nothing()
    {
        await using var platform = await TestPlatform.CreateAsync();
        Room room;

        await using (var service = await platform.StartAsync())
        {
            room = await Room.AddAsync(platform, service);
            await platform.Broker.StopAsync(Ended);
            await DesireAsync(service, room, 30);
            await DesireAsync(service, room, 40);
        }

        await platform.Broker.RestartAsync(Ended);
        using var device = new ForeignSubscriber(platform, room.TopicOf("desired"));

        await using (await platform.StartAsync())
        {
            Assert.Equal(Forty, await device.NextAsync());
            await SettledAsync(platform, room);
        }

        // The broker has it, and the note of it is missing: it goes out again, the same.
        await platform.ExecuteAsync("update twins set published_version = 1, desired_published_at = null where space_id = $1", room.Id);

        await using (await platform.StartAsync())
        {
            Assert.Equal(Forty, await device.NextAsync());
            await SettledAsync(platform, room);
        }
    }

    [Fact]
    public async Task A_space_that_moves_or_goes_while_the_broker_is_away_leaves_nothing_behind()
    {
        await using var platform = await TestPlatform.CreateAsync();
        await using var service = await platform.StartAsync();
        var (mover, leaver) = (await Room.AddAsync(platform, service), await Room.AddAsync(platform, service));
        string[] old = [mover.TopicOf("desired"), leaver.TopicOf("desired")];

        foreach (var room in (Room[])[mover, leaver])
        {
            await DesireAsync(service, room, 40);
            await SettledAsync(platform, room);
        }

        await platform.Broker.StopAsync(Ended);
        var between = Guid.CreateVersion7();
        await mover.ChangeAsync(mover.Facts with { LocationId = between });
        await service.KnowsAsync(mover.Id, space => space.LocationId == between);
        // The note of where it was going to be published stands before anything is sent.
        await platform.UntilAsync("select count(*) from twins where space_id = $1 and $2 = any(retained_location_ids)", 1, mover.Id, between);
        await mover.ChangeAsync(mover.Facts with { LocationId = Guid.CreateVersion7() });
        await leaver.ChangeAsync(leaver.Facts, ChangeKinds.Removed);
        await platform.UntilAsync("select count(*) from spaces where removed", 1);
        await service.KnowsAsync(mover.Id, space => space.LocationId == mover.Facts.LocationId);
        await platform.Broker.RestartAsync(Ended);
        await SettledAsync(platform, mover);
        await SettledAsync(platform, leaver);

        using var device = new ForeignSubscriber(platform, mover.TopicOf("desired"));
        Assert.Equal(Forty, await device.NextAsync());

        foreach (var topic in old.Append($"sites/{between}/offices/{mover.Id}/desired"))
        {
            Assert.False(await ForeignSubscriber.IsRetainedAsync(platform, topic));
        }
    }

    [Fact]
    public async Task A_service_that_dies_in_the_middle_of_a_move_clears_every_place_it_may_have_published_to()
    {
        await using var platform = await TestPlatform.CreateAsync();
        Room room;

        await using (var service = await platform.StartAsync())
        {
            room = await Room.AddAsync(platform, service);
            await DesireAsync(service, room, 40);
            await SettledAsync(platform, room);
        }

        var (first, second) = (room.TopicOf("desired"), Guid.CreateVersion7());
        var halfway = $"sites/{second}/offices/{room.Id}/desired";
        // It had noted the second place, published there, died; and the space went on to a third.
        await platform.ExecuteAsync("update twins set retained_location_ids = array_append(retained_location_ids, $2) where space_id = $1", room.Id, second);
        // As the service itself: no device may publish what is desired.
        await using var publisher = new MqttClient(new MqttClientOptions
        {
            Host = platform.Broker.Host,
            Port = platform.Broker.Port,
            ClientId = "halfway",
            Username = platform.Broker.Username,
            Password = platform.Broker.Password,
        });
        await publisher.StartAsync(Ended);
        await publisher.PublishAsync(
            new MqttApplicationMessage { Topic = halfway, Payload = Encoding.UTF8.GetBytes(Forty), QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce, Retain = true }, Ended);
        Assert.True(await ForeignSubscriber.IsRetainedAsync(platform, halfway));

        await using (await platform.StartAsync())
        {
            await room.ChangeAsync(room.Facts with { LocationId = Guid.CreateVersion7() });
            await platform.UntilAsync("select count(*) from twins where space_id = $1 and retained_location_ids = array[$2]::uuid[]", 1, room.Id, room.Facts.LocationId);
        }

        Assert.False(await ForeignSubscriber.IsRetainedAsync(platform, first));
        Assert.False(await ForeignSubscriber.IsRetainedAsync(platform, halfway));
        Assert.True(await ForeignSubscriber.IsRetainedAsync(platform, room.TopicOf("desired")));
    }

    private static async Task DesireAsync(RunningService service, Room room, int sampling)
    {
        using var answer = await service.SendAsync(HttpMethod.Patch, $"/api/v1/iot/spaces/{room.Id}/desired", new { samplingIntervalSec = sampling });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>Returns when the broker holds what the table says, and nothing else.</summary>
    private static Task SettledAsync(TestPlatform platform, Room room) => platform.UntilAsync(
        """
        select count(*) from twins t join spaces s on s.id = t.space_id
        where t.space_id = $1 and t.published_version = t.desired_version and t.desired_published_at is not null
          and t.retained_location_ids = case when s.removed then '{}' else array[s.location_id] end
        """, 1, room.Id);
}
