namespace Coworking.Mqtt.Tests.Connection;

public sealed class ForeignSideTests(Mosquitto mosquitto)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_mosquitto_pub_says_arrives_with_its_level_and_user_property(int level)
    {
        var collector = new Collector();
        await using var connection = await MqttConnection.ConnectAsync(mosquitto.Options($"from-{level}"), collector, Token);
        Assert.Equal((MqttReasonCode)2, Assert.Single(await connection.SubscribeAsync([Filter($"from/{level}", 2)], Token)));

        await mosquitto.PublishAsync($"from/{level}", "héllo", "-q", $"{level}", "-D", "publish", "user-property", "traceparent", "00-1");

        var received = await collector.NextAsync();
        Assert.Equal(("héllo", (MqttQualityOfServiceLevel)level, false, "00-1"), (received.Payload, received.Level, received.Retain, received.Trace));
        Assert.Equal(level > 0, received.PacketId > 0);

        if (level > 0)
        {
            Assert.True(await connection.AcknowledgeAsync(new[] { received.PacketId }, Token));
        }
    }

    [Fact]
    public async Task A_retained_message_of_mosquitto_pub_waits_for_a_subscriber_until_it_is_cleared()
    {
        await mosquitto.PublishAsync("kept/from", "state", "-r", "-q", "1");
        var collector = new Collector();
        await using var connection = await MqttConnection.ConnectAsync(mosquitto.Options("kept"), collector, Token);
        await connection.SubscribeAsync([Filter("kept/#", 0)], Token);

        var received = await collector.NextAsync();

        Assert.Equal(("state", true), (received.Payload, received.Retain));
        await connection.PublishAsync(Message("kept/from", "") with { Retain = true }, Token);
        await collector.NextAsync();
        await connection.UnsubscribeAsync(["kept/#"], Token);
        await connection.SubscribeAsync([Filter("kept/#", 0)], Token);
        await mosquitto.PublishAsync("kept/other", "now");
        Assert.Equal("now", (await collector.NextAsync()).Payload);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task What_is_published_here_reaches_mosquitto_sub(int level)
    {
        using var subscriber = await mosquitto.SubscribeAsync($"to/{level}/+", "-q", "1");
        await using var connection = await MqttConnection.ConnectAsync(mosquitto.Options($"to-{level}"), new Collector(), Token);
        var message = Message($"to/{level}/ä", "{\"ok\":true}") with
        {
            QualityOfServiceLevel = (MqttQualityOfServiceLevel)level,
            UserProperties = [new MqttUserProperty("traceparent", "00-2")],
        };

        Assert.Equal(MqttReasonCode.Success, await connection.PublishAsync(message, Token));

        Assert.Equal($"to/{level}/ä|{{\"ok\":true}}|{level}|0|traceparent:00-2", await subscriber.NextAsync());
    }

    [Fact]
    public async Task A_retained_message_from_here_waits_for_mosquitto_sub()
    {
        await using var connection = await MqttConnection.ConnectAsync(mosquitto.Options("retain"), new Collector(), Token);
        await connection.PublishAsync(
            Message("retain/to", "full state") with { Retain = true, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce }, Token);

        using var subscriber = await mosquitto.SubscribeAsync("retain/to", "-q", "1");

        Assert.Equal("retain/to|full state|1|1|", await subscriber.NextAsync());
    }

    [Fact]
    public async Task The_will_is_published_when_the_connection_breaks_and_not_after_a_disconnect()
    {
        using var subscriber = await mosquitto.SubscribeAsync("will/#");
        var options = mosquitto.Options("will") with { Will = Message("will/said", "gone") with { UserProperties = [new MqttUserProperty("traceparent", "00-3")] } };
        var polite = await MqttConnection.ConnectAsync(options with { Will = Message("will/unsaid", "") }, new Collector(), Token);
        await polite.DisconnectAsync(cancellationToken: Token);
        var rude = await MqttConnection.ConnectAsync(options, new Collector(), Token);
        await rude.AbortAsync();

        Assert.Equal("will/said|gone|0|0|traceparent:00-3", await subscriber.NextAsync());
        Assert.Null(polite.ClosedBy);
        Assert.Equal(MqttReasonCode.NormalDisconnection, polite.DisconnectReason);
    }

    [Fact]
    public async Task The_will_of_a_killed_mosquitto_sub_arrives()
    {
        var collector = new Collector();
        await using var connection = await MqttConnection.ConnectAsync(mosquitto.Options("heir"), collector, Token);
        await connection.SubscribeAsync([Filter("testament", 1)], Token);
        using var subscriber = await mosquitto.SubscribeAsync("nothing", "--will-topic", "testament", "--will-payload", "all yours");

        subscriber.Kill();

        Assert.Equal("all yours", (await collector.NextAsync()).Payload);
    }

    [Fact]
    public async Task A_second_connection_with_the_same_id_ends_the_first()
    {
        await using var first = await MqttConnection.ConnectAsync(mosquitto.Options("same"), new Collector(), Token);
        await using var second = await MqttConnection.ConnectAsync(mosquitto.Options("same"), new Collector(), Token);

        await first.Completion.WaitAsync(Collector.Limit, Token);

        Assert.False(first.IsConnected);
        Assert.NotNull(first.ClosedBy);
        Assert.True(second.IsConnected);
    }

    private static MqttTopicFilter Filter(string topic, int level) => new(topic, (MqttQualityOfServiceLevel)level);

    private static MqttApplicationMessage Message(string topic, string payload) =>
        new() { Topic = topic, Payload = System.Text.Encoding.UTF8.GetBytes(payload) };
}
