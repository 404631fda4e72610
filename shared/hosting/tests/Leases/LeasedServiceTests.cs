using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Coworking.Hosting.Leases;
using Coworking.Local;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coworking.Hosting.Tests.Leases;

public sealed class LeasedServiceTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

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
    public async Task A_host_that_stops_tells_all_of_its_jobs_at_once_and_not_one_after_the_other()
    {
        await using var database = await TestDatabase.CreateAsync();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Limit);
        builder.Logging.ClearProviders();
        var all = Enumerable.Range(0, 3).Select(n => new Clinging($"job-{n}", database.Leases())).ToList();

        foreach (var one in all)
        {
            one.Others = [.. all.Where(other => other != one)];
            builder.Services.AddSingleton<IHostedService>(one);
        }

        using var host = builder.Build();
        await host.StartAsync(Stop);
        await Task.WhenAll(all.Select(one => one.Works)).WaitAsync(Limit, Stop);

        // Each ends when the others have been told as well.
        await host.StopAsync(Stop).WaitAsync(TimeSpan.FromSeconds(20), Stop);
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

    [Fact]
    public async Task Runs_and_failures_are_counted_by_job_each_once()
    {
        await using var database = await TestDatabase.CreateAsync();
        var (clock, name, counted) = (new FakeClock(), $"job-{Guid.CreateVersion7():N}", new ConcurrentQueue<string>());
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "Coworking.Jobs")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        // Other tests run jobs in this process, under other names.
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) =>
        {
            if (tags.Length == 1 && tags[0].Key == "lease" && (string?)tags[0].Value == name)
            {
                counted.Enqueue(instrument.Name);
            }
        });
        listener.Start();

        using var job = new BreakingJob(name, database.Leases(), clock);
        await job.StartAsync(Stop);
        await UntilAsync(clock, () => job.Rests);
        await job.StopAsync(Stop);
        Assert.Equal(["jobs.runs", "jobs.runs", "jobs.failures", "jobs.runs", "jobs.failures", "jobs.failures"], counted);
    }

    // The clock moves while we wait: every pause of the services is bounded by it.
    private static Task UntilAsync(FakeClock clock, Func<bool> condition) => Wait.UntilAsync(() =>
    {
        clock.Advance(TimeSpan.FromMilliseconds(250));
        return condition();
    }, Limit, "the work changed hands", Stop);

    /// <summary>Works until it is told to stop, and then until all others are told.</summary>
    private sealed class Clinging(string name, LeaseStore leases) : LeasedService(name, leases, TimeProvider.System, NullLogger.Instance)
    {
        private readonly TaskCompletionSource _works = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task Works => _works.Task;

        internal IReadOnlyList<Clinging> Others { get; set; } = [];

        protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
        {
            _works.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _told.TrySetResult();
            await Task.WhenAll(Others.Select(other => other._told.Task));
        }
    }

    /// <summary>One run ends well, one breaks and is forgiven, one breaks and ends the work; then the work breaks outside a run, and then it rests.</summary>
    private sealed class BreakingJob(string name, LeaseStore leases, TimeProvider clock) : LeasedService(name, leases, clock, NullLogger.Instance)
    {
        private int _starts;

        internal bool Rests { get; private set; }

        protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
        {
            switch (++_starts)
            {
                case 1:
                    Assert.Equal(7, await CountAsync(Task.FromResult(7)));
                    await Assert.ThrowsAsync<InvalidOperationException>(() => CountAsync(BreakAsync()));
                    await CountAsync(BreakAsync());
                    break;
                case 2:
                    await BreakAsync();
                    break;
                default:
                    Rests = true;
                    await CountAsync(Task.Delay(Timeout.Infinite, cancellationToken));
                    break;
            }
        }

        private static async Task BreakAsync()
        {
            await Task.Yield();
            throw new InvalidOperationException("It broke");
        }
    }

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
