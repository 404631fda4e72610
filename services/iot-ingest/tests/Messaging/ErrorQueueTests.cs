using Coworking.Bus;
using Coworking.Contracts;
using Coworking.IotIngest.Tests.Running;
using Coworking.Local;
using Npgsql;

namespace Coworking.IotIngest.Tests.Messaging;

public sealed class ErrorQueueTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    private const string Queue = "iot-ingest-spaces";

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_failed_at_a_consumer_is_put_back_and_what_fails_again_and_again_is_set_aside()
    {
        var room = await fixture.AddRoomAsync();
        var other = await fixture.AddRoomAsync();
        await fixture.Platform.Bus.PutAsync($"{Queue}_error", Changed(room.Facts with { Capacity = 17 }), []);
        await fixture.Platform.Bus.PutAsync(
            $"{Queue}_error", Changed(other.Facts with { Capacity = 18 }), new() { ["coworking-redriven"] = $"{ErrorQueues.MaxTries}" });
        await fixture.Service.Service<ErrorQueues>().RunOnceAsync(Ended);
        await fixture.Service.KnowsAsync(room.Id, space => space.Capacity == 17);
        await fixture.Service.KnowsAsync(other.Id, space => space.Capacity == 8);
        // The service's own round may be at it as well.
        await Wait.UntilAsync(
            async () => (await fixture.Platform.Bus.CountAsync($"{Queue}_error"), await fixture.Platform.Bus.CountAsync($"{Queue}_parked")) == (0u, 1u),
            TestPlatform.Limit, "the one set aside", Ended);
    }

    [Fact]
    public async Task A_database_that_is_away_for_longer_than_the_retries_last_sends_no_message_to_the_error_queue()
    {
        await using var platform = await TestPlatform.CreateAsync();
        await using var service = await platform.StartAsync();
        var room = await Room.AddAsync(platform, service);
        var name = new NpgsqlConnectionStringBuilder(platform.ConnectionString).Database!;
        await using var superuser = NpgsqlDataSource.Create((await LocalServers.SharedPostgresAsync()).ConnectionString("postgres", "postgres"));
        await SetAsync($"alter database \"{name}\" connection limit 0");
        await SetAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        await platform.Bus.SayAsync(Changed(room.Facts with { Capacity = 19 }));
        // The retries of a fault last 6.3 s.
        await Task.Delay(TimeSpan.FromSeconds(9), Ended);
        await SetAsync($"alter database \"{name}\" connection limit -1");
        await service.KnowsAsync(room.Id, space => space.Capacity == 19);
        Assert.True(await platform.Bus.CountAsync($"{Queue}_error") is null or 0);

        async Task SetAsync(string sql)
        {
            await using var command = superuser.CreateCommand(sql);
            await command.ExecuteNonQueryAsync(Ended);
        }
    }

    private static SpaceChanged Changed(SpaceFacts facts) => new(Guid.CreateVersion7(), TimeProvider.System.GetUtcNow(), 2, ChangeKinds.Changed, facts);
}
