using System.Text.Json;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests.Ingest;

/// <summary>What a batch comes to, in any order and as often as it comes (reliability.md R8).</summary>
public sealed class ReadingStoreTests(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    private static readonly DateTimeOffset Start = Room.FullMinute(TimeProvider.System.GetUtcNow().AddHours(-8));

    [Fact]
    public async Task Any_order_any_copies_and_any_split_of_the_same_readings_give_the_same_windows_and_the_same_latest()
    {
        await using var store = fixture.OpenStore();
        await using var other = fixture.OpenStore();

        for (var round = 0; round < 30; round++)
        {
            var random = new Random(20_261_120 + round);
            var (whole, parts) = (await fixture.AddSpaceAsync(), await fixture.AddSpaceAsync());
            var readings = Enumerable.Range(0, random.Next(1, 120)).Select(_ => Any(random)).ToArray();
            await store.StoreAsync(readings.Select(make => make(whole)));

            var sent = readings.Concat(readings.Where(_ => random.Next(3) == 0)).ToArray();
            random.Shuffle(sent);
            var accepted = 0;

            for (var at = 0; at < sent.Length;)
            {
                var size = random.Next(1, 40);
                // Two replicas in turn, as in a hand-over; now and then the same batch again, as after a lost acknowledgement.
                var batch = sent.Skip(at).Take(size).Select(make => make(parts)).ToArray();
                accepted += (await (random.Next(2) == 0 ? store : other).StoreAsync(batch)).Accepted;
                accepted += random.Next(4) == 0 ? (await other.StoreAsync(batch)).Accepted : 0;
                at += size;
            }

            var distinct = readings.Select(make => (make(whole).At, make(whole).Digest)).Distinct().Count();
            Assert.Equal(distinct, accepted);
            var windows = await WindowsAsync(whole);
            Assert.Equal(distinct, windows.Sum(window => window.GetProperty("sample_count").GetInt32()));
            Assert.Equal(windows.Select(Text), (await WindowsAsync(parts)).Select(Text));
            Assert.Equal(await LatestAsync(whole), await LatestAsync(parts));
        }
    }

    [Fact]
    public async Task A_day_in_order_gives_the_same_alerts_in_one_batch_in_many_and_with_takeovers_in_the_middle()
    {
        var opened = 0;

        for (var round = 0; round < 25; round++)
        {
            var random = new Random(20_261_121 + round);
            var day = Day(random);
            var (whole, parts) = (await fixture.AddSpaceAsync(), await fixture.AddSpaceAsync());

            await using (var store = fixture.OpenStore())
            {
                await store.StoreAsync(day.Select(make => make(whole)));
            }

            var replica = fixture.OpenStore();
            var before = Array.Empty<Reading>();

            for (var at = 0; at < day.Length;)
            {
                var batch = day.Skip(at).Take(random.Next(1, 60)).Select(make => make(parts)).ToArray();

                if (random.Next(4) == 0)
                {
                    await replica.DisposeAsync();
                    replica = fixture.OpenStore();
                    // What the one before had committed and not acknowledged comes again.
                    await replica.StoreAsync(before.Concat(batch));
                }
                else
                {
                    await replica.StoreAsync(batch);
                }

                before = batch;
                at += batch.Length;
            }

            await replica.DisposeAsync();
            var alerts = await AlertsAsync(whole);
            Assert.Equal(alerts, await AlertsAsync(parts));
            Assert.Equal(await StatesAsync(whole), await StatesAsync(parts));
            opened += alerts.Count;
        }

        Assert.InRange(opened, 50, 5000);
    }

    [Fact]
    public async Task Parallel_stores_open_one_alert_and_count_each_reading_once()
    {
        for (var round = 0; round < 10; round++)
        {
            var space = await fixture.AddSpaceAsync();
            var stores = Enumerable.Range(0, 8).Select(_ => fixture.OpenStore()).ToArray();
            var samples = Enumerable.Range(0, 40).Select(i => Store.Sample(space, Start.AddSeconds(i * 10), co2: 1_101_000, occupancy: 20)).ToArray();
            await Task.WhenAll(stores.Select(store => store.StoreAsync(samples)));

            foreach (var store in stores)
            {
                await store.DisposeAsync();
            }

            Assert.Equal(40, (await WindowsAsync(space)).Sum(window => window.GetProperty("sample_count").GetInt32()));
            Assert.Equal(["CO2", "OCCUPANCY_MAX"], (await AlertsAsync(space)).Select(alert => alert.Split('|')[0]));
        }
    }

    [Fact]
    public async Task Replicas_that_meet_at_a_space_nobody_has_heard_of_do_not_overwrite_one_another()
    {
        for (var round = 0; round < 10; round++)
        {
            var space = await fixture.AddSpaceAsync();
            await using var one = fixture.OpenStore();
            await using var two = fixture.OpenStore();
            await Task.WhenAll(
                one.StoreAsync([Store.Sample(space, Start, temp: 20_000)]),
                two.StoreAsync([Store.Sample(space, Start.AddSeconds(10), temp: 21_000)]));
            Assert.Equal(Start.AddSeconds(10), await fixture.Platform.ScalarAsync<DateTimeOffset>("select latest_at from space_states where space_key = $1", space.Key));
        }
    }

    [Fact]
    public async Task Late_samples_change_windows_and_no_alert()
    {
        var space = await fixture.AddSpaceAsync();
        await using var store = fixture.OpenStore();
        await store.StoreAsync([Store.Sample(space, Start.AddHours(1), co2: 500_000)]);
        await store.StoreAsync(Enumerable.Range(0, 60).Select(i => Store.Sample(space, Start.AddSeconds(i * 10), co2: 2_000_000)));
        Assert.Empty(await AlertsAsync(space));
        Assert.Equal(11, (await WindowsAsync(space)).Count);
        Assert.Equal(Start.AddHours(1), await fixture.Platform.ScalarAsync<DateTimeOffset>("select latest_at from space_states where space_key = $1", space.Key));
    }

    [Fact]
    public async Task A_batch_that_resolves_an_alert_and_opens_the_next_is_stored()
    {
        var space = await fixture.AddSpaceAsync();
        await using var store = fixture.OpenStore();
        await store.StoreAsync(Series(space, 0, 40, 1500));
        Assert.Single(await AlertsAsync(space));
        await store.StoreAsync(Series(space, 40, 20, 500).Concat(Series(space, 60, 40, 1600)).Concat(Series(space, 100, 20, 400)).Concat(Series(space, 120, 40, 1700)));
        Assert.Equal(["resolved", "resolved", "open"], (await AlertsAsync(space)).Select(alert => alert.Split('|')[5].Length > 0 ? "resolved" : "open"));
    }

    [Fact]
    public async Task The_message_of_an_alert_goes_on_with_the_trace_of_the_publish_that_opened_it()
    {
        const string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        await using var store = fixture.OpenStore();
        var space = await fixture.AddSpaceAsync();
        await store.StoreAsync([Store.Sample(space, Start, occupancy: 9)]);
        await store.StoreAsync([Store.Sample(space, Start.AddMinutes(2), occupancy: 9)], trace);
        await store.StoreAsync([Store.Sample(space, Start.AddMinutes(3), occupancy: 0), Store.Sample(space, Start.AddMinutes(4), occupancy: 0)]);
        var traces = await fixture.Platform.ListAsync(
            "select type, trace_parent from outbox_messages where body like '%' || $1 || '%' and body like '%OCCUPANCY_MAX%' order by id",
            reader => (reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1)), space.Id.ToString());
        Assert.Equal([("AlertOpened", trace), ("AlertResolved", null)], traces);
    }

    [Fact]
    public async Task A_clear_sample_of_a_calm_space_leaves_no_state()
    {
        var space = await fixture.AddSpaceAsync();
        await using var store = fixture.OpenStore();
        await store.StoreAsync([.. Series(space, 0, 10, 1500), .. Series(space, 10, 5, 500)]);
        Assert.Empty(await StatesAsync(space));
    }

    private static IEnumerable<Reading> Series(Space space, int first, int count, int ppm) =>
        Enumerable.Range(first, count).Select(i => Store.Sample(space, Start.AddSeconds(i * 10), co2: ppm * 1000));

    private static Func<Space, Reading> Any(Random random)
    {
        // Few different times and values, so that copies and neighbours in time are common.
        var at = Start.AddSeconds(random.Next(0, 300));
        int? Maybe(int max) => random.Next(3) == 0 ? null : random.Next(-max, max);
        var (temp, people, ok) = (Maybe(3), Maybe(2), random.Next(4) == 0 ? random.Next(2) == 0 : (bool?)null);
        return space => Store.Sample(space, at, temp: temp ?? (people is null && ok is null ? 7 : null), occupancy: people, powerOk: ok);
    }

    /// <summary>Hours of samples in order of time: runs of good and bad air, of nobody, somebody and too many, with gaps and silences.</summary>
    private static Func<Space, Reading>[] Day(Random random)
    {
        var samples = new List<Func<Space, Reading>>();
        var at = Start;

        for (var run = 0; run < 12; run++)
        {
            var (co2, people) = (random.Next(4), random.Next(4));
            var step = random.Next(1, 9) == 1 ? 130 : random.Next(5, 60);

            for (var i = random.Next(5, 40); i > 0; i--)
            {
                at = at.AddSeconds(step);
                var when = at;
                samples.Add(space => Store.Sample(
                    space, when, co2: co2 switch { 0 => 900_000, 1 => null, _ => 1_000_001 + co2 }, occupancy: people switch { 0 => 0, 1 => null, 2 => 3, _ => 9 }, temp: 1));
            }
        }

        return [.. samples];
    }

    private Task<List<JsonElement>> WindowsAsync(Space space) => fixture.Platform.ListAsync(
        "select (to_jsonb(w) - 'space_key')::text from windows w where space_key = $1 order by window_start",
        reader => JsonDocument.Parse(reader.GetString(0)).RootElement, space.Key);

    private Task<string> LatestAsync(Space space) => fixture.Platform.ScalarAsync<string>("select (to_jsonb(s) - 'space_key' - 'seen_at')::text from space_states s where space_key = $1", space.Key);

    private Task<List<string>> AlertsAsync(Space space) => fixture.Platform.ListAsync(
        "select concat_ws('|', kind, breached_since, started_at, last_triggered_at, meta, coalesce(resolved_at::text, ''), resolution, version) from alerts where space_key = $1 order by kind, started_at",
        reader => reader.GetString(0), space.Key);

    private Task<List<string>> StatesAsync(Space space) => fixture.Platform.ListAsync(
        "select concat_ws('|', kind, reason, breached_since, clear_since, last_at, alert_id is null) from alert_states where space_key = $1 order by kind", reader => reader.GetString(0), space.Key);

    private static string Text(JsonElement window) => window.GetRawText();
}
