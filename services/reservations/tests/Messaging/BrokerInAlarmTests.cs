using Coworking.Contracts;
using Coworking.Hosting.Messaging;
using Coworking.Local;
using Coworking.Reservations.Tests.Support;

namespace Coworking.Reservations.Tests.Messaging;

public sealed class BrokerInAlarmTests(ReservationsHost host) : IClassFixture<ReservationsHost>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broker_that_takes_nothing_for_want_of_disk_is_waited_for_on_one_connection()
    {
        // More than any disk has: the alarm is there from the beginning.
        await using var rabbit = await RabbitServer.StartAsync(new RabbitServerOptions { ExtraConfiguration = "disk_free_limit.absolute = 900000GB" }, Ended);
        await host.RestartAsync(rabbit.Uri());
        _ = host.User;
        using var broker = new BrokerView(rabbit);
        var now = TimeProvider.System.GetUtcNow();
        var wish = new SnapshotRequested(Guid.CreateVersion7(), now, "test");
        await host.ExecuteAsync(
            "insert into outbox_messages (message_id, type, body, occurred_at) values ($1, $2, $3, $4)", wish.MessageId, nameof(SnapshotRequested), OutboxMessage.Of(wish, wish.MessageId, now).Body, now);
        var first = "";
        await Wait.UntilAsync(async () => (first = (await broker.PublishersAsync()).SingleOrDefault()) is not null, TimeSpan.FromSeconds(60), "the outbox connects", Ended);

        // Longer than the broker may be silent.
        await Task.Delay(TimeSpan.FromSeconds(25), Ended);

        Assert.Equal([first], await broker.PublishersAsync());
        Assert.NotEqual(0, await host.ScalarAsync<long>("select count(*) from outbox_messages"));
        await host.RestartAsync();
        _ = host.User;
        await Wait.UntilAsync(async () => await host.ScalarAsync<long>("select count(*) from outbox_messages") == 0, TimeSpan.FromSeconds(90), "another broker takes it", Ended);
    }
}
