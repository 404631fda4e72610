namespace Coworking.Mqtt.Tests.Connection;

public sealed class AcknowledgementTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Acknowledgements_leave_in_the_given_order_in_one_piece()
    {
        byte[] expected = [0x40, 2, 0, 9, 0x40, 2, 0, 3, 0x50, 2, 0, 5];
        await using var broker = new MisbehavingBroker(async talk =>
        {
            await talk.AcceptAsync();
            await SendAsync(talk, (9, 1), (3, 1), (5, 2));
            Assert.Equal([.. expected, 0xE0, 1, 0], await talk.ReadToEndAsync());
        });
        var collector = new Collector();
        await using var connection = await MqttConnection.ConnectAsync(broker.Options, collector, Token);
        var ids = (await collector.NextAsync(3)).Select(received => received.PacketId).ToArray();

        Assert.Equal(3, connection.UnacknowledgedCount);
        Assert.True(await connection.AcknowledgeAsync(ids, Token));
        Assert.Equal(0, connection.UnacknowledgedCount);
        await connection.DisconnectAsync(cancellationToken: Token);
        await broker.Finished;
    }

    [Fact]
    public async Task Out_of_order_or_unknown_acknowledgements_send_nothing()
    {
        await using var broker = new MisbehavingBroker(async talk =>
        {
            await talk.AcceptAsync();
            await SendAsync(talk, (1, 1), (2, 1));
            Assert.Equal([0x40, 2, 0, 1, 0x40, 2, 0, 2, 0xE0, 1, 0], await talk.ReadToEndAsync());
        });
        var collector = new Collector();
        await using var connection = await MqttConnection.ConnectAsync(broker.Options, collector, Token);
        await collector.NextAsync(2);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await connection.AcknowledgeAsync(new ushort[] { 2, 1 }, Token));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await connection.AcknowledgeAsync(new ushort[] { 2 }, Token));
        Assert.False(await connection.AcknowledgeAsync(new ushort[] { 1, 2, 3 }, Token));
        Assert.True(await connection.AcknowledgeAsync(new ushort[] { 1 }, Token));
        Assert.False(await connection.AcknowledgeAsync(new ushort[] { 1 }, Token));
        Assert.True(await connection.AcknowledgeAsync(new ushort[] { 2 }, Token));
        await connection.DisconnectAsync(cancellationToken: Token);
        await broker.Finished;
    }

    [Fact]
    public async Task A_closed_connection_acknowledges_nothing()
    {
        await using var broker = new MisbehavingBroker(async talk =>
        {
            await talk.AcceptAsync();
            await SendAsync(talk, (1, 1));
            Assert.Equal([0xE0, 1, 0], await talk.ReadToEndAsync());
        });
        var collector = new Collector();
        await using var connection = await MqttConnection.ConnectAsync(broker.Options, collector, Token);
        await collector.NextAsync();
        await connection.DisconnectAsync(cancellationToken: Token);

        Assert.False(await connection.AcknowledgeAsync(new ushort[] { 1 }, Token));
        await broker.Finished;
    }

    [Fact]
    public async Task A_broker_that_exceeds_the_receive_maximum_or_reuses_an_identifier_is_disconnected()
    {
        await using var broker = new MisbehavingBroker(
            async talk =>
            {
                await talk.AcceptAsync();
                await SendAsync(talk, (1, 1), (2, 1), (3, 1));
                Assert.Equal(MqttReasonCode.ReceiveMaximumExceeded, await talk.ReadDisconnectAsync());
            },
            async talk =>
            {
                await talk.AcceptAsync();
                await SendAsync(talk, (1, 1), (1, 1));
                Assert.Equal(MqttReasonCode.ProtocolError, await talk.ReadDisconnectAsync());
            });

        for (var sins = 0; sins < 2; sins++)
        {
            await using var connection = await MqttConnection.ConnectAsync(broker.Options with { ReceiveMaximum = 2 }, new Collector(), Token);
            await connection.Completion.WaitAsync(Collector.Limit, Token);
        }

        await broker.Finished;
    }

    [Fact]
    public async Task A_copy_of_a_QoS_2_message_is_not_delivered_twice_also_after_a_reconnect_until_its_release()
    {
        await using var broker = new MisbehavingBroker(
            async talk =>
            {
                await talk.AcceptAsync();
                await talk.SendAsync(BrokerPackets.Publish("t", "once", 5, level: 2));
                Assert.Equal(0x50, (await talk.ReadAsync()).First);
                await talk.SendAsync(BrokerPackets.Publish("t", "once", 5, level: 2, duplicate: true));
                Assert.Equal(0x50, (await talk.ReadAsync()).First);
            },
            async talk =>
            {
                await talk.AcceptAsync(sessionPresent: true);
                await talk.SendAsync(BrokerPackets.Publish("t", "once", 5, level: 2, duplicate: true));
                Assert.Equal(0x50, (await talk.ReadAsync()).First);
                await talk.SendAsync(BrokerPackets.PubRel(5));
                Assert.Equal([0, 5], (await talk.ReadAsync()).Body);
                await talk.SendAsync(BrokerPackets.PubRel(5));
                Assert.Equal([0, 5, (byte)MqttReasonCode.PacketIdentifierNotFound], (await talk.ReadAsync()).Body);
                await talk.SendAsync(BrokerPackets.Publish("t", "another", 5, level: 2));
                await talk.SilenceAsync();
            });
        var collector = new Collector();
        var session = new MqttSession();
        var options = broker.Options with { CleanStart = false };
        await using var first = await MqttConnection.ConnectAsync(options, collector, session, Token);
        Assert.Equal("once", (await collector.NextAsync()).Payload);
        Assert.True(await first.AcknowledgeAsync(new ushort[] { 5 }, Token));
        await first.Completion.WaitAsync(Collector.Limit, Token);

        await using var second = await MqttConnection.ConnectAsync(options, collector, session, Token);

        Assert.Equal("another", (await collector.NextAsync()).Payload);
    }

    private static async Task SendAsync(MisbehavingBroker.Conversation talk, params (ushort Id, int Level)[] messages)
    {
        foreach (var (id, level) in messages)
        {
            await talk.SendAsync(BrokerPackets.Publish("t", "x", id, level));
        }
    }
}
