using System.Text.Json;
using Coworking.Hosting.Leases;
using Coworking.Hosting.Postgres;
using Coworking.IotIngest.Occupancy;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Tests.Running;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coworking.IotIngest.Tests.Occupancy;

public sealed class OccupancyStoreTests(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    // Of each test: what is said of the present goes by the server's clock, and the tests before took their time.
    private DateTimeOffset Now { get; } = TimeProvider.System.GetUtcNow();

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_space_is_said_to_be_occupied_once_and_costs_no_write_while_it_stays_so()
    {
        var space = await fixture.AddSpaceAsync();
        await using var store = fixture.OpenStore();
        await store.StoreAsync(Series(space, -600, -60, 10, _ => 3));
        var said = Assert.Single(await SaidAsync(space));
        Assert.Equal(("occupied", 1L, 3), (Word(said, "state"), said.GetProperty("version").GetInt64(), said.GetProperty("headCount").GetInt32()));
        Assert.Equal(Now.AddSeconds(-600), said.GetProperty("since").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        Assert.Equal("healthy", Word(said.GetProperty("evidence"), "sensorHealth"));
        Assert.Equal((space.Id, space.LocationId), (said.GetProperty("spaceId").GetGuid(), said.GetProperty("locationId").GetGuid()));

        var row = await WrittenAsync(space);

        for (var second = -50; second < 0; second += 10)
        {
            await store.StoreAsync(Series(space, second, second, 10, _ => 60 + second));
            await store.StoreAsync(Series(space, second + 1, second + 1, 10, _ => 8));
        }

        Assert.Equal(row, await WrittenAsync(space));
        Assert.Single(await SaidAsync(space));
    }

    [Fact]
    public async Task Half_a_day_in_order_says_the_same_in_one_batch_in_many_and_with_takeovers_in_the_middle_of_dwells()
    {
        var changes = 0;

        for (var round = 0; round < 10; round++)
        {
            var random = new Random(20_261_121 + round);
            var day = Day(random);
            var (whole, parts) = (await AddSlowSpaceAsync(), await AddSlowSpaceAsync());

            await using (var store = fixture.OpenStore())
            {
                await store.StoreAsync(day.Select(make => make(whole)));
            }

            // Three replicas that live on and meet the space again and again, each with its memory of then.
            var replicas = new[] { fixture.OpenStore(), fixture.OpenStore(), fixture.OpenStore() };
            var before = Array.Empty<Reading>();

            for (var at = 0; at < day.Length;)
            {
                var batch = day.Skip(at).Take(random.Next(1, 25)).Select(make => make(parts)).ToArray();
                await replicas[random.Next(3)].StoreAsync(random.Next(3) == 0 ? before.Concat(batch) : batch);
                (before, at) = (batch, at + batch.Length);
            }

            foreach (var replica in replicas)
            {
                await replica.DisposeAsync();
            }

            var said = (await SaidAsync(whole)).ConvertAll(Facts);
            Assert.Equal(said, (await SaidAsync(parts)).ConvertAll(Facts));
            Assert.Equal(await RowAsync(whole), await RowAsync(parts));
            changes += said.Count;
        }

        Assert.InRange(changes, 20, 3000);
    }

    [Fact]
    public async Task What_was_stored_and_forwarded_hours_late_is_no_evidence_of_the_present()
    {
        var space = await fixture.AddSpaceAsync();
        await using var store = fixture.OpenStore();
        await store.StoreAsync(Series(space, -18_000, -14_400, 30, _ => 0));
        Assert.Empty(await SaidAsync(space));

        // And the past of what then comes in time: an uninterrupted series up to the present.
        await store.StoreAsync(Series(space, -14_370, -10, 30, _ => 0));
        var said = Assert.Single(await SaidAsync(space));
        Assert.Equal(Now.AddSeconds(-18_000), said.GetProperty("since").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public async Task Samples_older_than_the_newest_judged_one_and_copies_change_nothing()
    {
        var space = await fixture.AddSpaceAsync();
        await using var store = fixture.OpenStore();
        await store.StoreAsync(Series(space, -200, -20, 10, _ => 0));
        var row = await RowAsync(space);
        await store.StoreAsync(Series(space, -600, -25, 10, _ => 5));
        await store.StoreAsync(Series(space, -200, -20, 10, _ => 0));
        Assert.Equal(row, await RowAsync(space));
        Assert.Single(await SaidAsync(space));
    }

    [Fact]
    public async Task A_silent_sensor_says_unknown_once_whoever_watches_and_never_vacant()
    {
        var (vacant, occupied, steady) = (await fixture.AddSpaceAsync(), await fixture.AddSpaceAsync(), await AddSlowSpaceAsync());
        await using var store = fixture.OpenStore();
        await store.StoreAsync([.. Series(vacant, -200, 0, 10, _ => 0), .. Series(occupied, -200, 0, 10, _ => 2), .. Series(steady, -8000, 0, 1000, _ => 2)]);
        await WatchAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(["vacant"], (await SaidAsync(vacant)).ConvertAll(said => Word(said, "state")));

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => WatchAsync(TimeSpan.FromMinutes(10))));
        Assert.Equal(["vacant", "unknown"], (await SaidAsync(vacant)).ConvertAll(said => Word(said, "state")));
        Assert.Equal(["occupied"], (await SaidAsync(steady)).ConvertAll(said => Word(said, "state")));
        var lost = (await SaidAsync(occupied))[1];
        Assert.Equal(("unknown", 2L, JsonValueKind.Null), (Word(lost, "state"), lost.GetProperty("version").GetInt64(), lost.GetProperty("headCount").ValueKind));
        Assert.InRange(lost.GetProperty("since").GetDateTimeOffset(), Now.AddMinutes(9), TimeProvider.System.GetUtcNow().AddMinutes(11));
        Assert.Equal(("silent", 0), (Word(lost.GetProperty("evidence"), "sensorHealth"), lost.GetProperty("evidence").GetProperty("sampleCount").GetInt32()));
        Assert.Equal(Now, lost.GetProperty("evidence").GetProperty("lastSampleAt").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        await WatchAsync(TimeSpan.FromMinutes(20));
        Assert.Equal(2, (await SaidAsync(occupied)).Count);
    }

    [Fact]
    public async Task A_replica_that_did_not_hear_of_it_reads_anew_before_it_says_more()
    {
        var space = await fixture.AddSpaceAsync();
        await using var store = fixture.OpenStore();
        await store.StoreAsync(Series(space, -200, -100, 10, _ => 0));
        await store.StoreAsync(Series(space, -90, -60, 10, _ => 0));
        await WatchAsync(TimeSpan.FromMinutes(10));
        await Assert.ThrowsAsync<IOException>(() => store.StoreAsync(Series(space, -50, -50, 10, _ => 4)));
        await store.StoreAsync([.. Series(space, -50, 0, 10, _ => 4), .. Series(space, 10, 70, 10, _ => 4)]);
        Assert.Equal(["vacant", "unknown", "occupied"], (await SaidAsync(space)).ConvertAll(said => Word(said, "state")));
        Assert.Equal([1L, 2, 3], (await SaidAsync(space)).ConvertAll(said => said.GetProperty("version").GetInt64()));
    }

    [Fact]
    public async Task A_device_that_counts_nobody_does_not_vouch_for_one_that_does()
    {
        var space = await fixture.AddSpaceAsync();
        await using var store = fixture.OpenStore();
        await store.StoreAsync(Series(space, -200, -40, 10, _ => 0));

        for (var second = -30; second <= 0; second += 10)
        {
            // The air sensor always has the last word, and people are counted all the same.
            await store.StoreAsync([.. Series(space, second, second, 10, _ => 0), Store.Sample(space, Now.AddSeconds(second + 5), temp: 20_000)]);
        }

        await fixture.Platform.ExecuteAsync("update space_states set seen_at = seen_at + interval '10 minutes' where space_key = $1", space.Key);
        await WatchAsync(TimeSpan.FromSeconds(80));
        Assert.Single(await SaidAsync(space));
        await WatchAsync(TimeSpan.FromSeconds(160));
        var lost = (await SaidAsync(space))[1];
        Assert.Equal(("unknown", "stale"), (Word(lost, "state"), Word(lost.GetProperty("evidence"), "sensorHealth")));
    }

    [Fact]
    public async Task A_sample_from_the_future_holds_up_the_clock_and_then_nothing_is_known()
    {
        var space = await fixture.AddSpaceAsync();
        await using var store = fixture.OpenStore();
        await store.StoreAsync(Series(space, -200, 0, 10, _ => 0));
        await store.StoreAsync([Store.Sample(space, Now.AddMinutes(14), occupancy: 0)]);
        await store.StoreAsync(Series(space, 1, 1, 1, _ => 9));
        await WatchAsync(TimeSpan.Zero);
        Assert.Equal("unknown", Word((await SaidAsync(space))[^1], "state"));
    }

    private static string Word(JsonElement message, string name) => message.GetProperty(name).GetString()!;

    /// <summary>All that does not depend on when it was judged.</summary>
    private static string Facts(JsonElement said) => Word(said, "state") == "unknown"
        ? $"unknown {said.GetProperty("version")}"
        : $"{Word(said, "state")} {said.GetProperty("version")} {said.GetProperty("since")} {said.GetProperty("headCount")} {said.GetProperty("evidence")}";

    private IEnumerable<Reading> Series(Space space, int from, int until, int step, Func<int, int> people) =>
        Enumerable.Range(0, ((until - from) / step) + 1).Select(i => Store.Sample(space, Now.AddSeconds(from + (i * step)), occupancy: Math.Max(0, people(i))));

    /// <summary>Twelve hours up to now, with no sample near the edge of the present (three hours for such a space), so that it does not matter when a batch is judged.</summary>
    private Func<Space, Reading>[] Day(Random random)
    {
        var samples = new List<Func<Space, Reading>>();
        var second = -43_200;

        while (true)
        {
            var (people, step) = (random.Next(3), random.Next(5, 200));
            second += second < -25_000 && random.Next(10) == 0 ? 10_900 : 0;

            for (var i = random.Next(1, 15); i > 0; i--)
            {
                second += step;

                if (second > -30)
                {
                    return [.. samples];
                }

                var (at, count) = (Now.AddSeconds(second), random.Next(12) == 0 ? (int?)null : people);

                if (second is < -11_700 or > -10_000)
                {
                    samples.Add(space => Store.Sample(space, at, occupancy: count, temp: 20_000));
                }
            }
        }
    }

    private async Task<Space> AddSlowSpaceAsync()
    {
        var space = await fixture.AddSpaceAsync();
        await fixture.Platform.ExecuteAsync("insert into twins (space_id, id, desired_sampling_sec, desired_co2_threshold, desired_version) values ($1, $1, 3600, 1000, 1)", space.Id);
        await fixture.Spaces.ReadAsync([space.Id], Ended);
        return space;
    }

    private async Task WatchAsync(TimeSpan ahead)
    {
        using var watch = new OccupancyWatch(
            fixture.Platform.Database, new LeaseStore(fixture.Platform.Database, new ServiceSchema("iot")), new StoppedClock(Now + ahead), NullLogger<OccupancyWatch>.Instance);
        await watch.RunOnceAsync(Ended);
    }

    private Task<List<JsonElement>> SaidAsync(Space space) => fixture.Platform.ListAsync(
        "select body from outbox_messages where type = 'SpaceOccupancyChanged' and body::jsonb ->> 'spaceId' = $1 order by id",
        reader => JsonDocument.Parse(reader.GetString(0)).RootElement, space.Id.ToString());

    private Task<string> WrittenAsync(Space space) => fixture.Platform.ScalarAsync<string>("select xmin::text from occupancy_states where space_key = $1", space.Key);

    // What is noted of a steady space now and then depends on where batches end; when unknown was said, on when.
    private Task<string> RowAsync(Space space) => fixture.Platform.ScalarAsync<string>(
        "select (to_jsonb(o) - 'space_key' - 'last_sample_at' - case state when 'unknown' then 'since' else '' end)::text from occupancy_states o where space_key = $1", space.Key);

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
