using Coworking.IotIngest.Ingest;
using Coworking.IotIngest.Tests.Running;
using Coworking.Local;

namespace Coworking.IotIngest.Tests.Ingest;

/// <summary>What PostgreSQL has not committed is not acknowledged: the broker keeps it.</summary>
public sealed class AcknowledgementTests
{
    // A batch that waits, a full queue, and some that must stay with the broker.
    private const int Many = ReadingBatcher.MaxBatch + IngestQueue.Capacity + 3000;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_the_database_is_away_nothing_is_acknowledged_memory_is_bounded_and_it_goes_on_by_itself()
    {
        await using var postgres = await PostgresServer.StartAsync(LocalServersOptions.Fast.Postgres, Ended);
        await using var platform = await TestPlatform.CreateAsync(postgres);
        var service = await platform.StartAsync("--Ingest:ReceiveMaximum=65535", "--Logging:LogLevel:Default=None");
        var room = await Room.AddAsync(platform, service);
        await room.SendSeriesAsync(room.Start, 10, 1, "\"temp_c\":20");
        await room.StoredAsync(10);

        // It comes back while the service runs.
        await postgres.KillAsync(Ended);
        await room.SendSeriesAsync(room.Start.AddSeconds(10), 400, 1, "\"temp_c\":20");
        await postgres.RestartAsync(Ended);
        await StoredAsync(platform, room, 410);

        // It comes back when the service has gone: what that had taken in and not acknowledged comes again. More is sent than it may hold.
        await using var blocker = await platform.Database.OpenConnectionAsync(Ended);
        await using var transaction = await blocker.BeginTransactionAsync(Ended);
        await using var block = new Npgsql.NpgsqlCommand("lock table readings in access exclusive mode", blocker, transaction);
        await block.ExecuteNonQueryAsync(Ended);
        var queue = service.Service<IngestQueue>();
        var sending = Task.WhenAll(Enumerable.Range(0, Many).Select(i => room.SendAsync($"{{\"ts\":\"{Room.Text(room.Start.AddMilliseconds(i))}\",\"temp_c\":21}}")));
        await Wait.UntilAsync(() => queue.Depth == IngestQueue.Capacity, TestPlatform.Limit, "a full queue", Ended);
        await sending;
        Assert.Equal(IngestQueue.Capacity, queue.Depth);
        await postgres.KillAsync(Ended);
        await service.DisposeAsync();
        await postgres.RestartAsync(Ended);

        await using var next = await platform.StartAsync();
        await StoredAsync(platform, room, 410 + Many);
        Assert.Equal(410 + Many, await platform.ScalarAsync<long>("select sum(sample_count) from windows"));
    }

    [Fact]
    public async Task A_broker_that_sends_more_than_the_window_is_borne()
    {
        // Mosquitto 2.0.11 keeps to the Receive Maximum only until the first acknowledgement.
        await using var platform = await TestPlatform.CreateAsync();
        await using var service = await platform.StartAsync("--Ingest:ReceiveMaximum=20");
        var room = await Room.AddAsync(platform, service);
        await room.SendSeriesAsync(room.Start, 1000, 1, "\"temp_c\":20");
        await room.StoredAsync(1000);
    }

    /// <summary>The service's own pool notices the restart by itself; this test's pool is asked until it has.</summary>
    private static Task StoredAsync(TestPlatform platform, Room room, long count) => Wait.UntilAsync(
        async () =>
        {
            try
            {
                return await platform.ScalarAsync<long>("select count(*) from readings r join spaces s on s.key = r.space_key where s.id = $1", room.Id) == count;
            }
            catch (Npgsql.NpgsqlException)
            {
                return false;
            }
        },
        TestPlatform.Limit, $"{count} readings", Ended);
}
