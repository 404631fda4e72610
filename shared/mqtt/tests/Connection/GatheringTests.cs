using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Coworking.Mqtt.Tests.Connection;

/// <summary>A connection that looks at its socket on ticks behaves as any other.</summary>
public sealed class GatheringTests(Mosquitto mosquitto)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Trickles_and_flows_arrive_whole_and_in_order()
    {
        // More than the sockets and the broker take at once, so that writing has to wait too.
        const int Count = 400;
        var flood = new string('x', 60_000);
        var collector = new Collector();
        await using var hearing = await MqttConnection.ConnectAsync(Gathering("gathering-sub"), collector, Token);
        await hearing.SubscribeAsync([new MqttTopicFilter("gathering/#", MqttQualityOfServiceLevel.AtLeastOnce)], Token);
        await using var speaking = await MqttConnection.ConnectAsync(Gathering("gathering-pub"), new Collector(), Token);

        await mosquitto.PublishAsync("gathering/trickle", "hello", "-q", "1");
        var trickle = await collector.NextAsync();
        Assert.Equal("hello", trickle.Payload);
        Assert.True(await hearing.AcknowledgeAsync(new[] { trickle.PacketId }, Token));
        var sent = Enumerable.Range(0, Count).Select(number => speaking.PublishAsync(Message($"{number}|{flood}"), Token)).ToArray();

        for (var number = 0; number < Count; number++)
        {
            var received = await collector.NextAsync();
            Assert.Equal((number.ToString(System.Globalization.CultureInfo.InvariantCulture), flood.Length), Parts(received.Payload));
            Assert.True(await hearing.AcknowledgeAsync(new[] { received.PacketId }, Token));
        }

        await Task.WhenAll(sent);
        await hearing.DisconnectAsync(cancellationToken: Token);
        Assert.Null(hearing.ClosedBy);
    }

    [Fact]
    public async Task A_broker_that_goes_is_noticed_and_one_that_is_not_there_is_told()
    {
        var gone = new TaskCompletionSource();
        var broker = new MisbehavingBroker(async talk =>
        {
            await talk.AcceptAsync();
            await gone.Task;
        });
        await using var connection = await MqttConnection.ConnectAsync(broker.Options with { ReadPause = Pause }, new Collector(), Token);
        gone.SetResult();
        await broker.DisposeAsync();
        await connection.Completion.WaitAsync(Collector.Limit, Token);
        Assert.IsType<MqttDisconnectedException>(connection.ClosedBy);

        using var nobody = new TcpListener(IPAddress.Loopback, 0);
        nobody.Start();
        var port = ((IPEndPoint)nobody.LocalEndpoint).Port;
        nobody.Stop();
        await Assert.ThrowsAsync<MqttConnectException>(() => MqttConnection.ConnectAsync(broker.Options with { Port = port, ReadPause = Pause }, new Collector(), Token));
    }

    [Fact]
    public async Task A_broker_that_accepts_and_says_nothing_is_given_up_in_time()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var options = Gathering("gathering-silent") with
        {
            Host = "127.0.0.1",
            Port = ((IPEndPoint)silent.LocalEndpoint).Port,
            ConnectTimeout = TimeSpan.FromMilliseconds(200),
        };

        var refusal = await Assert.ThrowsAsync<MqttConnectException>(() => MqttConnection.ConnectAsync(options, new Collector(), Token));
        Assert.Contains("No CONNACK", refusal.Message, StringComparison.Ordinal);
    }

    private MqttClientOptions Gathering(string id) => mosquitto.Options(id) with { ReadPause = Pause };

    private static MqttApplicationMessage Message(string payload) => new()
    {
        Topic = "gathering/flow",
        Payload = Encoding.UTF8.GetBytes(payload),
        QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
    };

    private static (string Number, int Length) Parts(string payload)
    {
        var bar = payload.IndexOf('|', StringComparison.Ordinal);
        return (payload[..bar], payload.Length - bar - 1);
    }
}
