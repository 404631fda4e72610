namespace Coworking.Mqtt.Tests.Connection;

public sealed class MisbehaviourTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, byte[], MqttReasonCode> Sins => new()
    {
        { "huge remaining length", [0x30, 0xFF, 0xFF, 0xFF, 0x7F], MqttReasonCode.PacketTooLarge },
        { "endless remaining length", [0x30, 0xFF, 0xFF, 0xFF, 0xFF], MqttReasonCode.MalformedPacket },
        { "topic alias", BrokerPackets.Publish("t", "", properties: [0x23, 0, 1]), MqttReasonCode.TopicAliasInvalid },
        { "wrong packet id in PUBACK", BrokerPackets.PubAck(77), MqttReasonCode.ProtocolError },
        { "wrong packet id in SUBACK", BrokerPackets.SubAck(77, 0), MqttReasonCode.ProtocolError },
        { "bad UTF-8 in the topic", [0x30, 0x05, 0, 2, 0xC3, 0x28, 0], MqttReasonCode.MalformedPacket },
        { "a second CONNACK", BrokerPackets.ConnAck(), MqttReasonCode.ProtocolError },
        { "AUTH that nobody asked for", [0xF0, 0], MqttReasonCode.ProtocolError },
        { "a packet only clients send", [0xC0, 0], MqttReasonCode.ProtocolError },
    };

    [Theory]
    [MemberData(nameof(Sins))]
    public async Task A_sin_is_answered_with_its_disconnect_reason_and_ends_the_connection(string what, byte[] sin, MqttReasonCode reason)
    {
        var answered = MqttReasonCode.Success;
        await using var broker = new MisbehavingBroker(async talk =>
        {
            await talk.AcceptAsync();
            await talk.SendAsync(sin);
            answered = await talk.ReadDisconnectAsync();
        });
        await using var connection = await MqttConnection.ConnectAsync(broker.Options, new Collector(), Token);

        await connection.Completion.WaitAsync(Collector.Limit, Token);
        await broker.Finished;

        Assert.Equal((what, reason), (what, answered));
        Assert.Equal(reason, Assert.IsType<MqttProtocolException>(connection.ClosedBy).ReasonCode);
        Assert.Equal(reason, connection.DisconnectReason);
        Assert.False(connection.IsConnected);
    }

    [Fact]
    public async Task A_refused_connect_says_the_reason()
    {
        await using var broker = new MisbehavingBroker(async talk =>
        {
            await talk.ReadAsync();
            await talk.SendAsync(BrokerPackets.ConnAck(code: MqttReasonCode.NotAuthorized));
        });

        var refusal = await Assert.ThrowsAsync<MqttConnectException>(() => MqttConnection.ConnectAsync(broker.Options, new Collector(), Token));

        Assert.Equal(MqttReasonCode.NotAuthorized, refusal.ReasonCode);
    }

    [Fact]
    public async Task Silence_instead_of_a_connack_ends_at_the_connect_timeout()
    {
        await using var broker = new MisbehavingBroker(talk => talk.SilenceAsync());
        var options = broker.Options with { ConnectTimeout = TimeSpan.FromMilliseconds(200) };

        var refusal = await Assert.ThrowsAsync<MqttConnectException>(() => MqttConnection.ConnectAsync(options, new Collector(), Token));

        Assert.Null(refusal.ReasonCode);
    }

    [Fact]
    public async Task A_connect_can_be_cancelled()
    {
        await using var broker = new MisbehavingBroker(talk => talk.SilenceAsync());
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => MqttConnection.ConnectAsync(broker.Options, new Collector(), cancel.Token));
    }

    [Fact]
    public async Task Nobody_listening_is_a_connect_exception()
    {
        var broker = new MisbehavingBroker();
        var options = broker.Options;
        await broker.DisposeAsync();

        await Assert.ThrowsAsync<MqttConnectException>(() => MqttConnection.ConnectAsync(options, new Collector(), Token));
    }

    [Fact]
    public async Task A_packet_before_the_connack_is_a_protocol_error()
    {
        await using var broker = new MisbehavingBroker(async talk =>
        {
            await talk.ReadAsync();
            await talk.SendAsync(BrokerPackets.Publish("t", "early"));
            await talk.SilenceAsync();
        });

        await Assert.ThrowsAsync<MqttProtocolException>(() => MqttConnection.ConnectAsync(broker.Options, new Collector(), Token));
    }

    [Fact]
    public async Task A_connection_cut_in_the_middle_of_a_packet_delivers_nothing_of_it()
    {
        await using var broker = new MisbehavingBroker(async talk =>
        {
            await talk.AcceptAsync();
            await talk.SendAsync([.. BrokerPackets.Publish("t", "whole"), .. BrokerPackets.Publish("t", "half")[..^2]]);
        });
        var collector = new Collector();
        await using var connection = await MqttConnection.ConnectAsync(broker.Options, collector, Token);

        Assert.Equal("whole", (await collector.NextAsync()).Payload);
        await connection.Completion.WaitAsync(Collector.Limit, Token);
        Assert.Equal(0, collector.Waiting);
        Assert.IsType<MqttDisconnectedException>(connection.ClosedBy);
    }

    [Fact]
    public async Task A_disconnect_of_the_broker_is_known_by_its_reason_and_fails_what_waits()
    {
        await using var broker = new MisbehavingBroker(async talk =>
        {
            await talk.AcceptAsync();
            await talk.ReadAsync();
            await talk.SendAsync(BrokerPackets.Disconnect(MqttReasonCode.SessionTakenOver));
        });
        await using var connection = await MqttConnection.ConnectAsync(broker.Options, new Collector(), Token);
        var message = new MqttApplicationMessage { Topic = "t", QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce };

        await Assert.ThrowsAsync<MqttDisconnectedException>(() => connection.PublishAsync(message, Token).WaitAsync(Collector.Limit, Token));
        await connection.Completion.WaitAsync(Collector.Limit, Token);

        Assert.Equal(MqttReasonCode.SessionTakenOver, connection.DisconnectReason);
        await Assert.ThrowsAsync<MqttDisconnectedException>(() => connection.PublishAsync(message, Token));
        await Assert.ThrowsAsync<MqttDisconnectedException>(() => connection.UnsubscribeAsync(["t"], Token));
    }

    [Fact]
    public async Task A_peer_that_answers_no_ping_is_given_up_within_one_and_a_half_keep_alives()
    {
        await using var broker = new MisbehavingBroker(async talk =>
        {
            await talk.AcceptAsync();
            Assert.Equal(0xC0, (await talk.ReadAsync()).First);
            await talk.SilenceAsync();
        });
        var began = TimeProvider.System.GetTimestamp();
        await using var connection = await MqttConnection.ConnectAsync(broker.Options with { KeepAlive = TimeSpan.FromSeconds(1) }, new Collector(), Token);

        await connection.Completion.WaitAsync(Collector.Limit, Token);

        // A keep-alive and a half, and more for a machine that is busy with something else: nobody but the keep-alive ends it.
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 1, 30);
        Assert.Equal(MqttReasonCode.KeepAliveTimeout, connection.DisconnectReason);
    }

    [Fact]
    public async Task A_peer_that_answers_pings_is_kept_and_so_is_one_that_cannot_be_heard_because_the_handler_holds_back()
    {
        await using var broker = new MisbehavingBroker(async talk =>
        {
            await talk.AcceptAsync();
            await talk.SendAsync(BrokerPackets.Publish("t", "hold"));

            // About two keep-alives of pings, answered into a socket that nobody reads.
            for (var pings = 0; pings < 4; pings++)
            {
                Assert.Equal(0xC0, (await talk.ReadAsync()).First);
                await talk.SendAsync(BrokerPackets.PingResp());
            }

            await talk.SendAsync(BrokerPackets.Publish("t", "after"));
            await talk.SilenceAsync();
        });
        var handler = new HoldingHandler();
        await using var connection = await MqttConnection.ConnectAsync(broker.Options with { KeepAlive = TimeSpan.FromSeconds(2) }, handler, Token);
        await handler.Held.WaitAsync(Collector.Limit, Token);
        var began = TimeProvider.System.GetTimestamp();

        while (TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(4))
        {
            Assert.True(connection.IsConnected);
            await Task.Delay(50, Token);
        }

        handler.LetGo();
        Assert.Equal("after", await handler.Second.WaitAsync(Collector.Limit, Token));
        Assert.True(connection.IsConnected);
    }

    [Fact]
    public async Task A_handler_that_throws_ends_the_connection_and_is_found_there()
    {
        await using var broker = new MisbehavingBroker(async talk =>
        {
            await talk.AcceptAsync();
            await talk.SendAsync(BrokerPackets.Publish("t", "x"));
            Assert.Equal(MqttReasonCode.ImplementationSpecificError, await talk.ReadDisconnectAsync());
        });
        await using var connection = await MqttConnection.ConnectAsync(broker.Options, new ThrowingHandler(), Token);

        await connection.Completion.WaitAsync(Collector.Limit, Token);
        await broker.Finished;

        Assert.IsType<NotSupportedException>(connection.ClosedBy);
    }

    private sealed class ThrowingHandler : IMqttMessageHandler
    {
        public ValueTask HandleAsync(in MqttPublishFrame frame) => throw new NotSupportedException();
    }
}
