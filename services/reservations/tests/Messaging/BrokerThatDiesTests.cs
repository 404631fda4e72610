using System.Diagnostics;
using System.Globalization;
using Coworking.Contracts;
using Coworking.Hosting.Messaging;
using Coworking.Local;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Messaging;

public sealed class BrokerThatDiesTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    private const int Rows = 100_000;
    private const int Cuts = 2;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broker_that_is_killed_while_it_is_told_much_is_told_the_rest_when_it_is_back()
    {
        await using var rabbit = await RabbitServer.StartAsync(new RabbitServerOptions(), Ended);
        await host.RestartAsync(rabbit.Uri());
        _ = host.User;
        var now = TimeProvider.System.GetUtcNow();
        await SayOfEachAsync(new TwinConverged(Guid.Empty, now, 1, Guid.CreateVersion7()), now, Rows);
        await Wait.UntilAsync(async () => await WaitingAsync() < Rows, Limit, "the first are said", Ended);
        Assert.InRange(await WaitingAsync(), 1, Rows - 1);

        await rabbit.KillAsync(Ended);
        await rabbit.RestartAsync(Ended);

        await Wait.UntilAsync(async () => await WaitingAsync() == 0, Limit, "all are said", Ended);
        // The service lets go of this broker while there is one.
        await host.RestartAsync();
    }

    [Fact]
    public async Task A_broker_that_stands_still_is_left_after_ten_seconds_and_told_on_another_connection()
    {
        await using var rabbit = await RabbitServer.StartAsync(new RabbitServerOptions(), Ended);
        await host.RestartAsync(rabbit.Uri());
        _ = host.User;
        using var broker = new BrokerView(rabbit);
        await SayAsync();
        await Wait.UntilAsync(async () => await WaitingAsync() == 0, Limit, "the first is said", Ended);
        var first = "";
        await Wait.UntilAsync(async () => (first = (await broker.PublishersAsync()).SingleOrDefault()) is not null, Limit, "the broker shows the connection", Ended);

        Signal(rabbit.ProcessId, "STOP");

        try
        {
            // More than the sockets and the client keep for a broker that reads nothing.
            await SayAsync(500, 50_000);
            await Task.Delay(TimeSpan.FromSeconds(25), Ended);
        }
        finally
        {
            Signal(rabbit.ProcessId, "CONT");
        }

        await Wait.UntilAsync(async () => await WaitingAsync() == 0, Limit, "the second is said", Ended);
        await Wait.UntilAsync(async () => await broker.PublishersAsync() is [var other] && other != first, Limit, "another connection, and only that", Ended);
        await host.RestartAsync();
    }

    [Fact]
    public async Task A_consumer_that_loses_its_connection_at_work_hears_the_rest_on_the_next()
    {
        const int TwinsAtATime = 10_000;
        // It shows a connection as soon as its statistics say so, which is every five seconds by default.
        await using var rabbit = await RabbitServer.StartAsync(new RabbitServerOptions { ExtraConfiguration = "collect_statistics_interval = 250" }, Ended);
        await host.RestartAsync(rabbit.Uri());
        _ = host.User;
        using var broker = new BrokerView(rabbit);
        var now = TimeProvider.System.GetUtcNow();
        var message = new TwinChanged(Guid.Empty, now, 1, Guid.Empty, Guid.Empty, new TwinDesired(10, 1000), 1, null, 0);

        try
        {
            for (var cut = 0; cut < Cuts; cut++)
            {
                var before = cut * TwinsAtATime;
                await SayOfEachAsync(message, now, TwinsAtATime);
                // Eight at a time are under way by then.
                await Wait.UntilAsync(async () => await HeardAsync() > before, Limit, $"the connection after {cut} cuts hears", Ended);
                await Wait.UntilAsync(async () => await broker.CutConsumersAsync() > 0, Limit, "a connection is cut", Ended);
                await Wait.UntilAsync(async () => await HeardAsync() == before + TwinsAtATime, Limit, $"all are heard after cut {cut}", Ended);
            }
        }
        finally
        {
            await host.RestartAsync();
            await host.ExecuteAsync("truncate outbox_messages, space_twins");
        }
    }

    private Task<long> HeardAsync() => host.ScalarAsync<long>("select count(*) from space_twins");

    /// <summary>The same message many times, with an id of its own wherever this one has an empty id.</summary>
    private Task<int> SayOfEachAsync<T>(T message, DateTimeOffset now, int count)
        where T : class => host.ExecuteAsync(
        """
        insert into outbox_messages (message_id, type, body, occurred_at)
        select id, $1, replace($2, $3, id::text), $4 from (select gen_random_uuid() as id from generate_series(1, $5)) as made
        """,
        typeof(T).Name, OutboxMessage.Of(message, Guid.Empty, now).Body, Guid.Empty.ToString(), now, count);

    private Task<int> SayAsync(int rows = 1, int length = 1) => host.ExecuteAsync(
        "insert into outbox_messages (message_id, type, body, occurred_at) select gen_random_uuid(), $1, '{\"text\":\"' || repeat('x', $2) || '\"}', now() from generate_series(1, $3)",
        nameof(TwinConverged), length, rows);

    private static void Signal(int process, string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private Task<long> WaitingAsync() => host.ScalarAsync<long>("select count(*) from outbox_messages");
}
