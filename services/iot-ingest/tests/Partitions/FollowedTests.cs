using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Devices;
using Coworking.IotIngest.Occupancy;
using Coworking.IotIngest.Partitions;
using Coworking.IotIngest.Tests.Devices;
using Coworking.IotIngest.Tests.Running;
using Coworking.Local;

namespace Coworking.IotIngest.Tests.Partitions;

public sealed class FollowedTests
{
    private const string NoteOf = """
        select count(*) from followed_partitions f, spaces s
        where s.id = $1 and f.partition = ('x' || right(s.location_id::text, 8))::bit(32)::bigint % 4 and f.followed_at > now() - interval '10 seconds' and f.followed_since > $2
        """;

    private const string SensorErrors = "select count(*) from alerts where space_id = $1 and kind = 'SENSOR_ERROR'";
    private const string OfflineDevices = "select count(*) from devices where space_id = $1 and not online";

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_the_broker_is_away_and_until_it_has_been_back_for_as_long_nothing_is_called_silent()
    {
        await using var platform = await TestPlatform.CreateAsync();
        await using var service = await platform.StartAsync();
        var room = await Room.AddAsync(platform, service);
        await service.RegisterAsync(room);
        await room.SendSeriesAsync(TimeProvider.System.GetUtcNow().AddSeconds(-130), 14, 10, "\"occupancy\":3");
        await platform.UntilAsync("select count(*) from devices where space_id = $1 and online", 1, room.Id);
        await platform.UntilAsync("select count(*) from occupancy_states o join spaces s on s.key = o.space_key where s.id = $1 and state = 'occupied'", 1, room.Id);
        await platform.UntilAsync(NoteOf, 1, room.Id, DateTime.UnixEpoch);

        await platform.Broker.StopAsync(Ended);
        await Wait.UntilAsync(() => Task.FromResult(service.Hosted<PartitionHolder>().Present().Following == 0), TestPlatform.Limit, "nobody follows anything", Ended);
        await LaterAsync(platform, "20 minutes");
        await WatchAsync(service);
        Assert.Equal((0L, 0L), (await platform.ScalarAsync<long>(SensorErrors, room.Id), await platform.ScalarAsync<long>(OfflineDevices, room.Id)));
        Assert.Equal("unknown", await platform.ScalarAsync<string>("select o.state from occupancy_states o join spaces s on s.key = o.space_key where s.id = $1", room.Id));

        // Back, and nothing has come yet: whoever was cut off needs time to be heard again.
        var back = await platform.ScalarAsync<DateTime>("select now() - interval '1 second'");
        await platform.Broker.RestartAsync(Ended);
        await platform.UntilAsync(NoteOf, 1, room.Id, back);
        await WatchAsync(service);
        Assert.Equal((0L, 0L), (await platform.ScalarAsync<long>(SensorErrors, room.Id), await platform.ScalarAsync<long>(OfflineDevices, room.Id)));

        // Listened to for a quarter of an hour without a word: that is silence. What was heard before the broker went may be noted only now.
        await platform.ExecuteAsync("update followed_partitions set followed_since = followed_since - interval '16 minutes', followed_at = now() + interval '1 hour'");
        await Wait.UntilAsync(
            async () =>
            {
                await platform.ExecuteAsync("update devices set last_seen_at = now() - interval '20 minutes' where space_id = $1", room.Id);
                await WatchAsync(service);
                return (await platform.ScalarAsync<long>(SensorErrors, room.Id), await platform.ScalarAsync<long>(OfflineDevices, room.Id)) == (1L, 1L);
            },
            TestPlatform.Limit, "the silence is told", Ended);
    }

    [Fact]
    public async Task A_partition_is_the_same_for_the_database_and_for_its_holder()
    {
        await using var platform = await TestPlatform.CreateAsync();
        await platform.ExecuteAsync("insert into followed_partitions select n, 16, timestamptz '2025-01-01' + n * interval '1 day', now() + interval '1 hour' from generate_series(0, 15) n");

        foreach (var location in Enumerable.Range(0, 200).Select(_ => Guid.CreateVersion7()))
        {
            var since = await platform.ScalarAsync<DateTimeOffset>("select followed_since($1)", location);
            Assert.Equal(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(Partition.Of(location, 16)), since);
        }

        await platform.ExecuteAsync("update followed_partitions set followed_at = now() - interval '31 seconds'");
        Assert.True(await platform.ScalarAsync<bool>("select followed_since($1) is null", Guid.CreateVersion7()));
    }

    private static async Task WatchAsync(RunningService service)
    {
        await service.Hosted<AlertWatch>().RunOnceAsync(Ended);
        await service.Hosted<SilenceWatch>().RunOnceAsync(Ended);
        await service.Hosted<OccupancyWatch>().RunOnceAsync(Ended);
    }

    /// <summary>As if all that is kept of when something was heard lay so much further back; the watches themselves were there all the while.</summary>
    private static async Task LaterAsync(TestPlatform platform, string time)
    {
        await platform.ExecuteAsync($"update followed_partitions set followed_since = followed_since - interval '1 day', followed_at = followed_at - interval '{time}'");
        await platform.ExecuteAsync($"update space_states set seen_at = seen_at - interval '{time}'");
        await platform.ExecuteAsync($"update devices set last_seen_at = last_seen_at - interval '{time}'");
        await platform.ExecuteAsync("update silence_watch set listening_since = now() - interval '1 day'");
    }
}
