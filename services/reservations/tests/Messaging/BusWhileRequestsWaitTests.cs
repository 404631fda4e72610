using Coworking.Contracts;
using Coworking.Hosting.Messaging;
using Coworking.Local;
using Coworking.Reservations.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Coworking.Reservations.Tests.Messaging;

public sealed class BusWhileRequestsWaitTests : IClassFixture<ReservationsHost>, IAsyncLifetime
{
    private const int Connections = 20;
    private const int OfTheBackground = 2;
    private const int OfTheListener = 1;

    private readonly ReservationsHost _host;
    private readonly List<NpgsqlConnection> _taken = [];

    public BusWhileRequestsWaitTests(ReservationsHost host) => (_host, host.MaxConnections) = (host, Connections);

    public async ValueTask InitializeAsync()
    {
        var pool = _host.Services.GetRequiredService<NpgsqlDataSource>();

        while (_taken.Count < Connections - OfTheBackground - OfTheListener)
        {
            _taken.Add(await pool.OpenConnectionAsync(TestContext.Current.CancellationToken));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _taken)
        {
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_is_to_be_said_is_said_while_requests_hold_every_connection_that_they_may_have()
    {
        await using var bus = await BusProbe.OnAsync(_host.Bus, "coworking:snapshot-requested");
        var now = TimeProvider.System.GetUtcNow();
        var wish = new SnapshotRequested(Guid.CreateVersion7(), now, "test");
        await _host.ExecuteAsync(
            "insert into outbox_messages (message_id, type, body, occurred_at) values ($1, $2, $3, $4)",
            wish.MessageId, nameof(SnapshotRequested), OutboxMessage.Of(wish, wish.MessageId, now).Body, now);

        await bus.NextAsync(message => message.GetProperty("messageId").GetGuid() == wish.MessageId);
        await Wait.UntilAsync(
            async () => await _host.ScalarAsync<long>("select count(*) from outbox_messages where message_id = $1", wish.MessageId) == 0,
            TimeSpan.FromSeconds(60),
            "the row is deleted",
            TestContext.Current.CancellationToken);
    }
}
