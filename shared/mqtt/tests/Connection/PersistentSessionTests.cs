using System.Globalization;
using System.Text;
using Coworking.Local;

namespace Coworking.Mqtt.Tests.Connection;

public sealed class PersistentSessionTests(Mosquitto mosquitto)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_published_meanwhile_arrives_in_order_after_the_reconnect()
    {
        var options = Keeping("away");
        await SubscribeAndLeaveAsync(options, "away/t");

        for (var i = 0; i < 5; i++)
        {
            await mosquitto.PublishAsync("away/t", $"{i}", "-q", "1");
        }

        var collector = new Collector();
        await using (var back = await MqttConnection.ConnectAsync(options, collector, Token))
        {
            Assert.True(back.SessionPresent);
            var received = await collector.NextAsync(5);
            Assert.Equal(["0", "1", "2", "3", "4"], received.Select(one => one.Payload));
            Assert.True(await back.AcknowledgeAsync(received.Select(one => one.PacketId).ToArray(), Token));
        }

        await using var again = await MqttConnection.ConnectAsync(options, collector, Token);
        await mosquitto.PublishAsync("away/t", "new", "-q", "1");
        var next = await collector.NextAsync();
        Assert.Equal(("new", false), (next.Payload, next.Duplicate));
    }

    [Fact]
    public async Task What_was_delivered_but_not_acknowledged_comes_again_and_only_that()
    {
        var options = Keeping("again");
        await SubscribeAndLeaveAsync(options, "again/t");
        var collector = new Collector();
        var first = await MqttConnection.ConnectAsync(options, collector, Token);

        foreach (var text in (string[])["a", "b", "c"])
        {
            await mosquitto.PublishAsync("again/t", text, "-q", "1");
        }

        var ids = (await collector.NextAsync(3)).Select(one => one.PacketId).ToArray();
        Assert.True(await first.AcknowledgeAsync(ids.AsMemory(0, 1), Token));
        await first.DisconnectAsync(cancellationToken: Token);
        Assert.False(await first.AcknowledgeAsync(ids.AsMemory(1), Token));

        await using var second = await MqttConnection.ConnectAsync(options, collector, Token);

        Assert.True(second.SessionPresent);
        Assert.Equal([("b", true), ("c", true)], (await collector.NextAsync(2)).Select(one => (one.Payload, one.Duplicate)));
    }

    [Fact]
    public async Task A_clean_start_forgets_the_session()
    {
        var options = Keeping("clean");
        await SubscribeAndLeaveAsync(options, "clean/t");
        await mosquitto.PublishAsync("clean/t", "old", "-q", "1");
        var collector = new Collector();

        await using var connection = await MqttConnection.ConnectAsync(options with { CleanStart = true }, collector, Token);
        await connection.SubscribeAsync([new MqttTopicFilter("clean/t", MqttQualityOfServiceLevel.AtLeastOnce)], Token);
        await mosquitto.PublishAsync("clean/t", "new", "-q", "1");

        Assert.False(connection.SessionPresent);
        Assert.Equal("new", (await collector.NextAsync()).Payload);
    }

    [Fact]
    public async Task Without_acknowledgements_no_more_than_the_receive_maximum_arrives()
    {
        var options = Keeping("window") with { ReceiveMaximum = 16 };
        await SubscribeAndLeaveAsync(options, "window/t");
        await PublishManyAsync("window/t", 200, new byte[1000], MqttQualityOfServiceLevel.AtLeastOnce);
        var collector = new Collector();
        await using var connection = await MqttConnection.ConnectAsync(options, collector, Token);
        await collector.NextAsync(16);

        // A round trip after the last of them: what the broker would have sent before its answer is here.
        await connection.SubscribeAsync([new MqttTopicFilter("window/none", MqttQualityOfServiceLevel.AtMostOnce)], Token);

        Assert.Equal((16, 0), (connection.UnacknowledgedCount, collector.Waiting));
    }

    [Fact]
    public async Task A_handler_that_never_completes_stops_the_reading_and_the_memory_stays_bounded()
    {
        var handler = new HoldingHandler();
        await using var connection = await MqttConnection.ConnectAsync(mosquitto.Options("stuck"), handler, Token);
        await connection.SubscribeAsync([new MqttTopicFilter("stuck/t", MqttQualityOfServiceLevel.AtMostOnce)], Token);
        await PublishManyAsync("stuck/t", 1, new byte[1], MqttQualityOfServiceLevel.AtMostOnce);
        await handler.Held.WaitAsync(Collector.Limit, Token);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await PublishManyAsync("stuck/t", 20_000, new byte[1000], MqttQualityOfServiceLevel.AtLeastOnce);

        Assert.Equal(1, handler.Count);
        // What other tests hold for a moment goes again; what this connection held would stay.
        await Wait.UntilAsync(() => GC.GetTotalMemory(forceFullCollection: true) - before < 8 * 1024 * 1024, Collector.Limit, "memory within its bound", Token);

        // Also the way out is not blocked by a handler that never lets go.
        await connection.DisconnectAsync(cancellationToken: Token).WaitAsync(Collector.Limit, Token);
    }

    [Fact]
    public async Task A_large_payload_arrives_whole_and_one_above_the_maximum_packet_size_is_dropped_by_the_broker()
    {
        var collector = new Collector();
        await using var connection = await MqttConnection.ConnectAsync(mosquitto.Options("large") with { MaximumPacketSize = 300_000 }, collector, Token);
        await connection.SubscribeAsync([new MqttTopicFilter("large/t", MqttQualityOfServiceLevel.AtMostOnce)], Token);
        var text = string.Concat(Enumerable.Range(0, 40_000).Select(i => i.ToString("D6", CultureInfo.InvariantCulture)));

        await PublishManyAsync("large/t", 1, Encoding.ASCII.GetBytes(text + text), MqttQualityOfServiceLevel.AtLeastOnce);
        await PublishManyAsync("large/t", 1, Encoding.ASCII.GetBytes(text), MqttQualityOfServiceLevel.AtLeastOnce);

        Assert.Equal(text, (await collector.NextAsync()).Payload);
    }

    private MqttClientOptions Keeping(string clientId) =>
        mosquitto.Options(clientId) with { CleanStart = false, SessionExpiryInterval = TimeSpan.FromHours(1) };

    private static async Task SubscribeAndLeaveAsync(MqttClientOptions options, string topic)
    {
        await using var connection = await MqttConnection.ConnectAsync(options, new Collector(), Token);
        Assert.False(connection.SessionPresent);
        await connection.SubscribeAsync([new MqttTopicFilter(topic, MqttQualityOfServiceLevel.AtLeastOnce)], Token);
    }

    private async Task PublishManyAsync(string topic, int count, byte[] payload, MqttQualityOfServiceLevel level)
    {
        await using var publisher = await MqttConnection.ConnectAsync(mosquitto.Options(""), new Collector(), Token);
        var message = new MqttApplicationMessage { Topic = topic, Payload = payload, QualityOfServiceLevel = level };
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => publisher.PublishAsync(message, Token))).WaitAsync(Collector.Limit, Token);
    }
}
