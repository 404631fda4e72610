using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests.Alerts;

public sealed class AlertOrderTests(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    private static readonly bool[] Powers = [true, false];

    [Fact]
    public async Task Two_devices_that_speak_at_the_same_times_give_the_same_alerts_however_the_batches_are_cut()
    {
        for (var seed = 1; seed <= 6; seed++)
        {
            var random = new Random(seed);
            var (whole, parts) = (await fixture.AddSpaceAsync(), await fixture.AddSpaceAsync());
            var (one, other) = (AlertDays.Day(random), AlertDays.Day(random));
            // The second device speaks at the times of the first; in the order of the key, which is that of a batch.
            var day = one.Zip(other, (first, second) => (First: first(whole), Second: At(second(whole), first(whole).At)))
                .SelectMany(pair => (Reading[])[pair.First, pair.Second]).DistinctBy(reading => (reading.At, reading.Digest)).Order(KeyOrder.Instance).ToArray();
            await using var store = fixture.OpenStore();
            await store.StoreAsync(day);

            for (int at = 0, size; at < day.Length; at += size)
            {
                size = random.Next(1, 40);
                await store.StoreAsync(day.Skip(at).Take(size).Select(reading => reading with { SpaceKey = parts.Key }));
            }

            Assert.NotEmpty(await AlertsAsync(whole));
            Assert.Equal(await AlertsAsync(whole), await AlertsAsync(parts));
        }
    }

    [Fact]
    public async Task What_comes_after_a_reading_that_follows_it_in_the_order_of_time_and_digest_changes_no_alert()
    {
        var (together, apart) = (await fixture.AddSpaceAsync(), await fixture.AddSpaceAsync());
        var readings = Powers.Select(power => AlertDays.Sample(together, AlertDays.Start, temp: 20_000, powerOk: power)).Order(KeyOrder.Instance).ToArray();
        await using var store = fixture.OpenStore();
        await store.StoreAsync([readings[1] with { SpaceKey = apart.Key }]);
        var before = await AlertsAsync(apart);
        await store.StoreAsync([readings[0] with { SpaceKey = apart.Key }]);
        Assert.Equal(before, await AlertsAsync(apart));
        Assert.Equal(2, await fixture.Platform.ScalarAsync<long>("select sum(sample_count) from windows where space_key = $1", apart.Key));

        // And whatever their order, the space is judged by the last of them.
        await store.StoreAsync(readings);
        Assert.Equal(readings[1].PowerOk == false, (await AlertsAsync(together)).Exists(alert => alert.EndsWith('|')));
        Assert.Equal(readings[1].PowerOk == false, before.Exists(alert => alert.EndsWith('|')));
    }

    private static Reading At(Reading reading, long at) => reading with { At = at };

    private Task<List<string>> AlertsAsync(Space space) => fixture.Platform.ListAsync(
        "select concat_ws('|', kind, breached_since, started_at, coalesce(resolved_at::text, ''), last_triggered_at, meta::text) || '|' || coalesce(resolution, '') from alerts where space_key = $1 order by started_at, kind",
        reader => reader.GetString(0), space.Key);
}
