using Coworking.Hosting.Leases;
using Coworking.Hosting.Postgres;
using Coworking.IotIngest.Rollups;
using Coworking.IotIngest.Tests.Running;
using Coworking.Local;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coworking.IotIngest.Tests.Rollups;

public sealed class BatchesPassTheJobTests(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_late_batch_does_not_wait_for_the_job_that_makes_its_hour_again_and_is_counted_afterwards()
    {
        var space = await fixture.AddSpaceAsync();
        var hour = new DateTimeOffset(2025, 5, 5, 10, 0, 0, TimeSpan.Zero);
        await fixture.Platform.ExecuteAsync("select ensure_partitions($1, $1)", DateOnly.FromDateTime(hour.UtcDateTime));
        await using var store = fixture.OpenStore();
        await store.StoreAsync([Store.Sample(space, hour, temp: 20_000)]);
        using var keeper = new RollupKeeper(
            fixture.Platform.Database, new LeaseStore(fixture.Platform.Database, new ServiceSchema("iot")), TimeProvider.System, NullLogger<RollupKeeper>.Instance);
        await keeper.RunOnceAsync(Ended);
        await store.StoreAsync([Store.Sample(space, hour.AddMinutes(1), temp: 20_000)]);
        Task job;

        await using (var connection = await fixture.Platform.Database.OpenConnectionAsync(Ended))
        {
            await using var transaction = await connection.BeginTransactionAsync(Ended);
            await using var hold = connection.CreateCommand();
            hold.CommandText = $"select from hours where space_key = {space.Key} for update";
            await hold.ExecuteNonQueryAsync(Ended);
            job = keeper.RunOnceAsync(Ended);
            await Wait.UntilAsync(
                async () => await fixture.Platform.ScalarAsync<bool>("select exists(select from pg_stat_activity where query like '%insert into hours%' and wait_event_type = 'Lock' and datname = current_database() and pid <> pg_backend_pid())"),
                Limit,
                "the job makes the hour again",
                Ended);

            await store.StoreAsync([Store.Sample(space, hour.AddMinutes(2), temp: 20_000)]).WaitAsync(Limit, Ended);
        }

        await job;
        await keeper.RunOnceAsync(Ended);
        Assert.Equal(3, await fixture.Platform.ScalarAsync<int>("select sample_count from hours where space_key = $1", space.Key));
        Assert.Equal(0, await fixture.Platform.ScalarAsync<long>("select count(*) from rollup_dirty where space_key = $1", space.Key));
    }
}
