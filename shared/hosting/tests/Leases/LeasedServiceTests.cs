using System.Collections.Concurrent;
using Coworking.Hosting.Leases;
using Coworking.Local;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coworking.Hosting.Tests.Leases;

public sealed class LeasedServiceTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_works_and_when_it_stops_the_other_takes_over()
    {
        await using var database = await TestDatabase.CreateAsync();
        var clock = new FakeClock();
        var working = new ConcurrentDictionary<string, bool>();
        using var first = new Worker("first", working, database.Leases(), clock);
        using var second = new Worker("second", working, database.Leases(), clock);

        await first.StartAsync(Stop);
        await UntilAsync(clock, () => working.ContainsKey("first"));
        await second.StartAsync(Stop);
        clock.Advance(LeaseStore.RenewEvery);
        Assert.Equal(["first"], working.Keys);

        await first.StopAsync(Stop);
        await UntilAsync(clock, () => working.ContainsKey("second"));
        Assert.Equal(["second"], working.Keys);
        await second.StopAsync(Stop);
        Assert.Equal(0L, await database.ScalarAsync<long>("select count(*) from leases"));
    }

    [Fact]
    public async Task Whoever_lost_the_lease_stops_working()
    {
        await using var database = await TestDatabase.CreateAsync();
        var clock = new FakeClock();
        var working = new ConcurrentDictionary<string, bool>();
        using var worker = new Worker("first", working, database.Leases(), clock);
        await worker.StartAsync(Stop);
        await UntilAsync(clock, () => working.ContainsKey("first"));

        await database.ExecuteAsync("update leases set holder = 'somebody else', held_until = now() + interval '1 hour'");
        await UntilAsync(clock, () => working.IsEmpty);
        Assert.Equal("somebody else", await database.ScalarAsync<string>("select holder from leases"));
        await worker.StopAsync(Stop);
    }

    [Fact]
    public async Task Work_that_breaks_starts_again_by_itself()
    {
        await using var database = await TestDatabase.CreateAsync();
        var clock = new FakeClock();
        var working = new ConcurrentDictionary<string, bool>();
        using var worker = new Worker("first", working, database.Leases(), clock) { Breaks = 2 };
        await worker.StartAsync(Stop);
        await UntilAsync(clock, () => working.ContainsKey("first"));
        Assert.Equal(0, worker.Breaks);
        await worker.StopAsync(Stop);
    }

    // The clock moves while we wait: every pause of the services is bounded by it.
    private static Task UntilAsync(FakeClock clock, Func<bool> condition) => Wait.UntilAsync(() =>
    {
        clock.Advance(TimeSpan.FromMilliseconds(250));
        return condition();
    }, Limit, "the work changed hands", Stop);

    private sealed class Worker(string name, ConcurrentDictionary<string, bool> working, LeaseStore leases, TimeProvider clock)
        : LeasedService("test", leases, clock, NullLogger.Instance)
    {
        internal int Breaks { get; set; }

        protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
        {
            if (Breaks > 0)
            {
                Breaks--;
                throw new InvalidOperationException("It broke");
            }

            Assert.True(working.IsEmpty);
            working[name] = true;

            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            finally
            {
                working.TryRemove(name, out _);
            }
        }
    }
}
