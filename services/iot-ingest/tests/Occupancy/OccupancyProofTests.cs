using System.Text.Json;
using Coworking.Hosting.Leases;
using Coworking.Hosting.Postgres;
using Coworking.IotIngest.Occupancy;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Tests.Running;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coworking.IotIngest.Tests.Occupancy;

public sealed class OccupancyProofTests(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    // Of each test: what is said of the present goes by the server's clock, and the tests before took their time.
    private DateTimeOffset Now { get; } = TimeProvider.System.GetUtcNow();

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Where_a_booking_waits_for_its_client_a_steady_space_is_said_again_each_minute_in_its_version_with_present_evidence()
    {
        var space = await SpaceAsync(people: 0, booked: (-5, 60));
        using var watch = new Watch(fixture, Now);
        await watch.RunAsync(TimeSpan.Zero);
        var said = await SaidAsync(space);
        Assert.Equal([("vacant", 1L, 0), ("vacant", 1, 0)], said.ConvertAll(Facts));
        Assert.NotEqual(said[0].GetProperty("messageId").GetGuid(), said[1].GetProperty("messageId").GetGuid());
        Assert.Equal(said[0].GetProperty("since").GetDateTimeOffset(), said[1].GetProperty("since").GetDateTimeOffset());
        Assert.True(Last(said[1]) > Last(said[0]));
        Assert.Equal(Now, Last(said[1]), TimeSpan.FromMilliseconds(1));

        await watch.RunAsync(TimeSpan.FromSeconds(50));
        Assert.Equal(2, (await SaidAsync(space)).Count);
        await watch.RunAsync(TimeSpan.FromSeconds(70));
        Assert.Equal(3, (await SaidAsync(space)).Count);
    }

    [Fact]
    public async Task Nothing_is_repeated_where_no_booking_waits_or_the_evidence_is_not_what_it_was()
    {
        var (free, started, soon, over) = (await SpaceAsync(0), await SpaceAsync(2, (-5, 60), "in_progress"), await SpaceAsync(2, (6, 60)), await SpaceAsync(0, (-60, 0)));
        var (entered, occupied) = (await SpaceAsync(0, (-5, 60)), await SpaceAsync(2, (4, 60)));
        await using var store = fixture.OpenStore();
        // Somebody has come in: a dwell runs against what was said.
        await store.StoreAsync([Store.Sample(entered, Now.AddSeconds(1), occupancy: 1)]);
        using var watch = new Watch(fixture, Now);
        await watch.RunAsync(TimeSpan.Zero);

        foreach (var space in new[] { free, started, soon, over, entered })
        {
            Assert.Single(await SaidAsync(space));
        }

        Assert.Equal([("occupied", 1L, 2), ("occupied", 1, 2)], (await SaidAsync(occupied)).ConvertAll(Facts));

        // Silent: unknown once, and that is not repeated.
        await watch.RunAsync(TimeSpan.FromMinutes(10));
        await watch.RunAsync(TimeSpan.FromMinutes(12));
        Assert.Equal(["occupied", "occupied", "unknown"], (await SaidAsync(occupied)).ConvertAll(said => said.GetProperty("state").GetString()!));
    }

    /// <summary>Said to be so for a while, and one sample more, of which nothing was said.</summary>
    private async Task<Space> SpaceAsync(int people, (int From, int Until)? booked = null, string status = "confirmed")
    {
        var space = await fixture.AddSpaceAsync();
        await using var store = fixture.OpenStore();
        await store.StoreAsync(Enumerable.Range(0, 15).Select(i => Store.Sample(space, Now.AddSeconds(-150 + (i * 10)), occupancy: people)));
        await store.StoreAsync([Store.Sample(space, Now, occupancy: people)]);

        if (booked is var (from, until))
        {
            await fixture.Platform.ExecuteAsync(
                "insert into bookings (id, space_id, blocked_from, blocked_until, status, version) values (gen_random_uuid(), $1, $2, $3, $4, 1)",
                space.Id, Now.AddMinutes(from), Now.AddMinutes(until), status);
        }

        return space;
    }

    private static (string State, long Version, int HeadCount) Facts(JsonElement said) =>
        (said.GetProperty("state").GetString()!, said.GetProperty("version").GetInt64(), said.GetProperty("headCount").GetInt32());

    private static DateTimeOffset Last(JsonElement said) => said.GetProperty("evidence").GetProperty("lastSampleAt").GetDateTimeOffset();

    private Task<List<JsonElement>> SaidAsync(Space space) => fixture.Platform.ListAsync(
        "select body from outbox_messages where type = 'SpaceOccupancyChanged' and body::jsonb ->> 'spaceId' = $1 order by id",
        reader => JsonDocument.Parse(reader.GetString(0)).RootElement, space.Id.ToString());

    /// <summary>One holder of the lease, whose clock the test moves.</summary>
    private sealed class Watch : TimeProvider, IDisposable
    {
        private readonly OccupancyWatch _watch;
        private readonly DateTimeOffset _now;
        private TimeSpan _ahead;

        internal Watch(StoreFixture fixture, DateTimeOffset now) => (_now, _watch) = (now, new OccupancyWatch(
            fixture.Platform.Database, new LeaseStore(fixture.Platform.Database, new ServiceSchema("iot")), this, NullLogger<OccupancyWatch>.Instance));

        public override DateTimeOffset GetUtcNow() => _now + _ahead;

        public void Dispose() => _watch.Dispose();

        internal Task<int> RunAsync(TimeSpan ahead)
        {
            _ahead = ahead;
            return _watch.RunOnceAsync(Ended);
        }
    }
}
