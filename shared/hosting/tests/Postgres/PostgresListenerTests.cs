using System.Threading.Channels;

namespace Coworking.Hosting.Tests.Postgres;

public sealed class PostgresListenerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_hears_its_channels_and_comes_back_when_its_connection_is_cut()
    {
        await using var database = await TestDatabase.CreateAsync();
        using var listener = database.Listener();
        var heard = Channel.CreateUnbounded<string?>();
        var others = Channel.CreateUnbounded<string?>();
        listener.Subscribe("reservations_test", payload => heard.Writer.TryWrite(payload));
        listener.Subscribe("reservations_other", payload => others.Writer.TryWrite(payload));
        await listener.StartAsync(Stop);
        Assert.Null(await NextAsync(heard));
        Assert.Null(await NextAsync(others));

        await database.ExecuteAsync("select pg_notify('reservations_test', 'one')");
        Assert.Equal("one", await NextAsync(heard));

        for (var cut = 0; cut < 3; cut++)
        {
            Assert.Equal(1L, await database.ScalarAsync<long>(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and query like 'listen%' and pid <> pg_backend_pid()"));
            // Null says: you may have missed something.
            Assert.Null(await NextAsync(heard));
            await database.ExecuteAsync("select pg_notify('reservations_test', $1)", $"after {cut}");
            Assert.Equal($"after {cut}", await NextAsync(heard));
        }

        await listener.StopAsync(Stop);
    }

    [Fact]
    public async Task Two_who_subscribe_to_one_channel_both_hear_it()
    {
        await using var database = await TestDatabase.CreateAsync();
        using var listener = database.Listener();
        var heard = new[] { Channel.CreateUnbounded<string?>(), Channel.CreateUnbounded<string?>() };
        Array.ForEach(heard, one => listener.Subscribe("reservations_test", payload => one.Writer.TryWrite(payload)));
        await listener.StartAsync(Stop);

        foreach (var one in heard)
        {
            Assert.Null(await NextAsync(one));
        }

        await database.ExecuteAsync("select pg_notify('reservations_test', 'x')");

        foreach (var one in heard)
        {
            Assert.Equal("x", await NextAsync(one));
        }

        await listener.StopAsync(Stop);
    }

    [Fact]
    public async Task A_channel_that_is_added_after_the_connection_was_opened_is_heard_as_well()
    {
        await using var database = await TestDatabase.CreateAsync();
        using var listener = database.Listener();
        var early = Channel.CreateUnbounded<string?>();
        var late = Channel.CreateUnbounded<string?>();
        listener.Subscribe("reservations_test", payload => early.Writer.TryWrite(payload));
        await listener.StartAsync(Stop);
        Assert.Null(await NextAsync(early));

        listener.Subscribe("reservations_late", payload => late.Writer.TryWrite(payload));
        Assert.Null(await NextAsync(late));
        await database.ExecuteAsync("select pg_notify('reservations_late', 'x'), pg_notify('reservations_test', 'y')");
        Assert.Equal("x", await NextAsync(late));
        Assert.Null(await NextAsync(early));
        Assert.Equal("y", await NextAsync(early));
        await listener.StopAsync(Stop);
    }

    private static async Task<string?> NextAsync(Channel<string?> heard)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(TimeSpan.FromSeconds(90));
        return await heard.Reader.ReadAsync(limit.Token);
    }
}
