using Coworking.IotIngest.Tests.Running;
using Coworking.IotIngest.Twins;

namespace Coworking.IotIngest.Tests.Windows;

public sealed class SamplingIntervalTests(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_window_of_the_past_carries_the_interval_that_was_in_force_then()
    {
        var space = await fixture.AddSpaceAsync();
        var now = Room.FullMinute(TimeProvider.System.GetUtcNow());

        // 60 s from three hours ago, a threshold in between, 20 s for the last hour.
        foreach (var (request, hours) in new[] { (new SetDesired.Request(60, null), 3), (new SetDesired.Request(null, 900), 2), (new SetDesired.Request(20, null), 1) })
        {
            await SetDesired.StoreAsync(space.Id, request, [], "test", fixture.Platform.Database, TimeProvider.System, Ended);
            await fixture.Platform.ExecuteAsync(
                "update twin_history set at = $2 where space_id = $1 and version = (select max(version) from twin_history where space_id = $1 and kind = 'desired')", space.Id, now.AddHours(-hours));
        }

        await fixture.Spaces.ReadAsync([space.Id], Ended);
        await using var store = fixture.OpenStore();
        int[] minutesAgo = [240, 181, 180, 90, 61, 60, 5];
        await store.StoreAsync(minutesAgo.Select(minutes => Store.Sample(space, now.AddMinutes(-minutes), temp: 1)));
        Assert.Equal([10, 10, 60, 60, 60, 20, 20], await fixture.Platform.ListAsync(
            "select sampling_interval_sec from windows where space_key = $1 order by window_start", reader => reader.GetInt32(0), space.Key));

        // A late sample of a minute that is there leaves its interval alone; coverage of a quiet past stays what it was.
        await store.StoreAsync([Store.Sample(space, now.AddMinutes(-240).AddSeconds(10), temp: 2)]);
        Assert.Equal(10, await fixture.Platform.ScalarAsync<int>("select sampling_interval_sec from windows where space_key = $1 order by window_start limit 1", space.Key));
    }
}
