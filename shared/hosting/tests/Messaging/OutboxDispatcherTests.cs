using System.Diagnostics;
using System.Diagnostics.Metrics;
using Coworking.Hosting.Messaging;
using Coworking.Hosting.Postgres;
using Coworking.Local;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coworking.Hosting.Tests.Messaging;

public sealed class OutboxDispatcherTests
{
    private const string Insert = "insert into outbox_messages (message_id, type, body, occurred_at) select gen_random_uuid(), 'Test', i::text, now() from generate_series($1, $2) i";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private sealed record Made(long Number);

    [Fact]
    public async Task A_message_arrives_as_it_was_written_and_its_row_is_gone()
    {
        await using var database = await TestDatabase.CreateAsync();
        var bus = new FakeBus();
        await using var replica = await Replica.StartAsync(database, bus);
        using var activity = new Activity("change").Start();
        var message = OutboxMessage.Of(new Made(7), Guid.CreateVersion7(), DateTimeOffset.UnixEpoch);

        await using (var db = database.Context())
        {
            db.Outbox.Add(message);
            await db.SaveChangesAsync(Stop);
        }

        await replica.UntilEmptyAsync();
        var row = Assert.Single(bus.Said);
        Assert.Equal((message.MessageId, "Made", """{"number":7}""", activity.Id), (row.MessageId, row.Type, row.Body, row.TraceParent));
    }

    [Fact]
    public async Task What_was_rolled_back_is_never_said()
    {
        await using var database = await TestDatabase.CreateAsync();
        var bus = new FakeBus();
        await using var replica = await Replica.StartAsync(database, bus);

        await using (var connection = await database.Pool.OpenConnectionAsync(Stop))
        {
            await using var transaction = await connection.BeginTransactionAsync(Stop);
            await using var insert = connection.CreateCommand();
            insert.CommandText = "insert into outbox_messages (message_id, type, body, occurred_at) values (gen_random_uuid(), 'Test', 'undone', now())";
            await insert.ExecuteNonQueryAsync(Stop);
            await transaction.RollbackAsync(Stop);
        }

        await database.ExecuteAsync(Insert, 1, 1);
        await replica.UntilEmptyAsync();
        Assert.Equal(["1"], bus.Said.Select(row => row.Body));
    }

    [Fact]
    public async Task A_long_queue_is_said_in_windows_and_in_order()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync(Insert, 1, 2500);
        var bus = new FakeBus();
        await using var replica = await Replica.StartAsync(database, bus);
        await replica.UntilEmptyAsync();
        Assert.Equal(Enumerable.Range(1, 2500).Select(Text), bus.Said.Select(row => row.Body));
        Assert.Equal([1000, 1000, 500], bus.Windows.Where(window => window > 0));
    }

    [Fact]
    public async Task A_bus_that_fails_in_the_middle_loses_nothing_and_keeps_the_order()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync(Insert, 1, 1500);
        var bus = new FakeBus();
        bus.FailNext(3);
        await using var replica = await Replica.StartAsync(database, bus);
        await replica.UntilAsync(() => Task.FromResult(!bus.Windows.IsEmpty), "a window was tried");
        Assert.True(await database.ScalarAsync<long>("select count(*) from outbox_messages") >= 500);
        await replica.UntilEmptyAsync();

        // Copies are allowed; first occurrences come in order and none is missing.
        Assert.Equal(Enumerable.Range(1, 1500).Select(Text), bus.Said.Select(row => row.Body).Distinct());
        Assert.True(bus.Said.Count > 1500);
    }

    [Fact]
    public async Task A_row_stays_until_the_bus_has_confirmed_it_and_later_rows_are_not_deleted_with_it()
    {
        await using var database = await TestDatabase.CreateAsync();
        var bus = new FakeBus { Confirm = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
        await using var replica = await Replica.StartAsync(database, bus);
        await database.ExecuteAsync(Insert, 1, 3);
        await replica.UntilAsync(() => Task.FromResult(bus.Reached.Task.IsCompleted), "a window was tried");
        await database.ExecuteAsync(Insert, 4, 5);
        Assert.Equal(5L, await database.ScalarAsync<long>("select count(*) from outbox_messages"));

        bus.Confirm.SetResult();
        await replica.UntilEmptyAsync();
        Assert.Equal(["1", "2", "3", "4", "5"], bus.Said.Select(row => row.Body));
    }

    [Fact]
    public async Task A_dispatcher_that_stops_before_the_confirm_leaves_the_row_to_the_next()
    {
        await using var database = await TestDatabase.CreateAsync();
        var bus = new FakeBus { Confirm = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
        await using (var first = await Replica.StartAsync(database, bus))
        {
            await database.ExecuteAsync(Insert, 1, 1);
            await first.UntilAsync(() => Task.FromResult(bus.Reached.Task.IsCompleted), "the row was tried");
        }

        Assert.Equal(1L, await database.ScalarAsync<long>("select count(*) from outbox_messages"));
        bus.Confirm.SetResult();
        await using var next = await Replica.StartAsync(database, bus);
        await next.UntilEmptyAsync();
        Assert.Equal(["1", "1"], bus.Said.Select(row => row.Body));
    }

    [Fact]
    public async Task Of_two_dispatchers_one_speaks_at_a_time_and_the_other_takes_over()
    {
        await using var database = await TestDatabase.CreateAsync();
        var bus = new FakeBus();
        var first = await Replica.StartAsync(database, bus);
        await using var second = await Replica.StartAsync(database, bus);

        for (var batch = 0; batch < 10; batch++)
        {
            await database.ExecuteAsync(Insert, (batch * 200) + 1, (batch + 1) * 200);

            if (batch == 4)
            {
                await first.DisposeAsync();
            }
        }

        await second.UntilEmptyAsync();
        Assert.False(bus.Overlapped);
        Assert.Equal(Enumerable.Range(1, 2000).Select(Text), bus.Said.Select(row => row.Body).Distinct());
    }

    [Fact]
    public async Task The_oldest_message_grows_older_until_the_bus_has_it()
    {
        await using var database = await TestDatabase.CreateAsync();
        var bus = new FakeBus { Confirm = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
        await using var replica = await Replica.StartAsync(database, bus);
        Assert.Equal(0, replica.Age());
        await database.ExecuteAsync(
            "insert into outbox_messages (message_id, type, body, occurred_at) select gen_random_uuid(), 'Test', '', $1 + i * interval '1 minute' from generate_series(0, 1200) i",
            (replica.Now - TimeSpan.FromSeconds(90)).UtcDateTime);
        await replica.UntilAsync(() => Task.FromResult(bus.Reached.Task.IsCompleted), "a window was tried");
        Assert.InRange(replica.Age(), 90, double.MaxValue);
        var before = replica.Age();
        replica.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(before + 1, replica.Age(), tolerance: 0.001);

        bus.Confirm.SetResult();
        await replica.UntilEmptyAsync();
        await replica.UntilAsync(() => Task.FromResult(replica.Age() == 0), "nothing waits");
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What one process of a service has: leases and a dispatcher, on a clock that moves while the test waits.</summary>
    private sealed class Replica : IAsyncDisposable
    {
        private readonly TestDatabase _database;
        private readonly FakeClock _clock = new();
        private readonly OutboxDispatcher _dispatcher;
        private bool _disposed;

        private Replica(TestDatabase database, FakeBus bus)
        {
            _database = database;
            _dispatcher = new OutboxDispatcher(database.Pool, TestDatabase.Schema, bus, database.Leases(), _clock, NullLogger<OutboxDispatcher>.Instance);
        }

        internal static async Task<Replica> StartAsync(TestDatabase database, FakeBus bus)
        {
            var replica = new Replica(database, bus);
            await replica._dispatcher.StartAsync(Stop);
            return replica;
        }

        internal DateTimeOffset Now => _clock.GetUtcNow();

        internal void Pass(TimeSpan time) => _clock.Advance(time);

        /// <summary>What the gauge of this dispatcher shows, in seconds.</summary>
        internal double Age()
        {
            var age = -1d;
            using var listener = new MeterListener();
            listener.InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "outbox.age" && ReferenceEquals(instrument.Meter.Scope, _dispatcher))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<double>((_, seconds, _, _) => age = seconds);
            listener.Start();
            listener.RecordObservableInstruments();
            return age;
        }

        internal Task UntilEmptyAsync() => UntilAsync(async () => await _database.ScalarAsync<long>("select count(*) from outbox_messages") == 0, "the outbox is empty");

        internal Task UntilAsync(Func<Task<bool>> holds, string what) => Wait.UntilAsync(() =>
        {
            _clock.Advance(TimeSpan.FromMilliseconds(250));
            return holds();
        }, Limit, what, Stop);

        public async ValueTask DisposeAsync()
        {
            if (!_disposed)
            {
                _disposed = true;
                await _dispatcher.StopAsync(CancellationToken.None);
                _dispatcher.Dispose();
            }
        }
    }
}
