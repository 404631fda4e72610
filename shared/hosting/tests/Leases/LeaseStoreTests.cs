using Coworking.Hosting.Leases;

namespace Coworking.Hosting.Tests.Leases;

public sealed class LeaseStoreTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_of_two_holds_a_lease_and_renews_it_while_the_other_is_refused()
    {
        await using var database = await TestDatabase.CreateAsync();
        var (first, second) = (database.Leases(), database.Leases());
        Assert.True(await first.TryHoldAsync("outbox", Stop));
        Assert.False(await second.TryHoldAsync("outbox", Stop));
        await database.ExecuteAsync("update leases set held_until = now() + interval '1 second'");
        Assert.True(await first.TryHoldAsync("outbox", Stop));
        Assert.True(await database.ScalarAsync<bool>("select held_until > now() + interval '8 seconds' from leases where name = 'outbox'"));
        Assert.False(await second.TryHoldAsync("outbox", Stop));
    }

    [Fact]
    public async Task A_lease_that_has_expired_is_taken_and_its_old_holder_learns_it()
    {
        await using var database = await TestDatabase.CreateAsync();
        var (first, second) = (database.Leases(), database.Leases());
        Assert.True(await first.TryHoldAsync("outbox", Stop));
        await database.ExecuteAsync("update leases set held_until = now() - interval '1 millisecond'");
        Assert.True(await second.TryHoldAsync("outbox", Stop));
        Assert.False(await first.TryHoldAsync("outbox", Stop));
    }

    [Fact]
    public async Task A_lease_that_was_given_back_is_free_at_once_and_only_its_holder_can_give_it_back()
    {
        await using var database = await TestDatabase.CreateAsync();
        var (first, second) = (database.Leases(), database.Leases());
        Assert.True(await first.TryHoldAsync("outbox", Stop));
        await second.ReleaseAsync("outbox", Stop);
        Assert.False(await second.TryHoldAsync("outbox", Stop));
        await first.ReleaseAsync("outbox", Stop);
        Assert.True(await second.TryHoldAsync("outbox", Stop));
    }

    [Fact]
    public async Task What_a_killed_process_of_this_machine_held_is_free_at_once_and_what_others_hold_is_not()
    {
        await using var database = await TestDatabase.CreateAsync();
        var leases = database.Leases();
        var parts = leases.Holder.Split('/');
        // Linux gives no process a higher number than 2^22.
        var killed = $"{parts[0]}/{parts[1]}/4194305/x";
        var elsewhere = $"{parts[0]}/other-home/4194305/x";
        var alive = $"{parts[0]}/{parts[1]}/1/x";
        await database.ExecuteAsync(
            $"insert into leases (name, holder, held_until) values ('a', '{killed}', now() + interval '9 seconds'), ('b', '{elsewhere}', now() + interval '9 seconds'), ('c', '{alive}', now() + interval '9 seconds')");
        Assert.False(await leases.TryHoldAsync("a", Stop));
        await leases.ReleaseDeadAsync(Stop);
        Assert.True(await leases.TryHoldAsync("a", Stop));
        Assert.False(await leases.TryHoldAsync("b", Stop));
        Assert.False(await leases.TryHoldAsync("c", Stop));
        Assert.Equal([killed], LeaseStore.Dead([killed, elsewhere, alive, leases.Holder, "of an older version"]));
    }

    [Fact]
    public async Task Leases_of_different_names_do_not_touch_one_another()
    {
        await using var database = await TestDatabase.CreateAsync();
        var (first, second) = (database.Leases(), database.Leases());
        Assert.True(await first.TryHoldAsync("partition/01", Stop));
        Assert.True(await second.TryHoldAsync("partition/02", Stop));
    }

    [Fact]
    public async Task Of_many_who_ask_at_once_one_holds()
    {
        await using var database = await TestDatabase.CreateAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => database.Leases()).Select(lease => lease.TryHoldAsync("outbox", Stop)));
        Assert.Single(answers, held => held);
    }
}
