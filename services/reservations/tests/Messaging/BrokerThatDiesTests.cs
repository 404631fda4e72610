using Coworking.Contracts;
using Coworking.Hosting.Messaging;
using Coworking.Local;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Messaging;

public sealed class BrokerThatDiesTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    private const int Rows = 20_000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broker_that_is_killed_while_it_is_told_much_is_told_the_rest_when_it_is_back()
    {
        await using var rabbit = await RabbitServer.StartAsync(new RabbitServerOptions(), Ended);
        await host.RestartAsync(rabbit.Uri());
        _ = host.User;
        var now = TimeProvider.System.GetUtcNow();
        var message = new TwinConverged(Guid.Empty, now, 1, Guid.CreateVersion7());
        await host.ExecuteAsync(
            """
            insert into outbox_messages (message_id, type, body, occurred_at)
            select id, $1, replace($2, $3, id::text), $4 from (select gen_random_uuid() as id from generate_series(1, $5)) as made
            """,
            nameof(TwinConverged), OutboxMessage.Of(message, message.MessageId, now).Body, Guid.Empty.ToString(), now, Rows);
        await Wait.UntilAsync(async () => await WaitingAsync() < Rows, Limit, "the first are said", Ended);
        Assert.InRange(await WaitingAsync(), 1, Rows - 1);

        await rabbit.KillAsync(Ended);
        await rabbit.RestartAsync(Ended);

        await Wait.UntilAsync(async () => await WaitingAsync() == 0, Limit, "all are said", Ended);
        // The service lets go of this broker while there is one.
        await host.RestartAsync();
    }

    private Task<long> WaitingAsync() => host.ScalarAsync<long>("select count(*) from outbox_messages");
}
