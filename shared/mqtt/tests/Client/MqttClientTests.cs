using System.Text;
using System.Threading.Channels;
using Coworking.Local;

namespace Coworking.Mqtt.Tests.Client;

public sealed class MqttClientTests(Mosquitto mosquitto)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_handler_may_publish_and_wait_for_the_answer()
    {
        var echo = new Box(mosquitto.Options("echo"));
        await using var client = await echo.StartAsync(async (self, message) =>
        {
            if (message.Topic == "echo/call")
            {
                await self.PublishAsync(Message("echo/answer", Text(message)), Token);
            }
        });
        await client.SubscribeAsync([Filter("echo/#")], Token);

        await client.PublishAsync(Message("echo/call", "hello"), Token);

        Assert.Equal([("echo/call", "hello"), ("echo/answer", "hello")], [await echo.NextAsync(), await echo.NextAsync()]);
    }

    [Fact]
    public async Task QoS_0_beyond_the_receive_maximum_is_dropped_and_counted_while_a_handler_is_busy_and_QoS_1_is_not()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var box = new Box(mosquitto.Options("busy") with { ReceiveMaximum = 4 });
        await using var client = await box.StartAsync((_, _) => release.Task);
        await client.SubscribeAsync([Filter("busy/#")], Token);

        for (var i = 0; i < 10; i++)
        {
            await mosquitto.PublishAsync("busy/0", $"{i}", "-q", "0");
        }

        await mosquitto.PublishAsync("busy/1", "kept", "-q", "1");

        // Answered although the handler holds: what came before the answer has been counted.
        await client.SubscribeAsync([Filter("busy/#")], Token);
        Assert.Equal(5, client.DroppedMessages);
        release.SetResult();
        Assert.Equal(["0", "1", "2", "3", "4", "kept"], [.. await box.NextAsync(6)]);
    }

    [Fact]
    public async Task A_broker_that_is_killed_and_comes_back_is_found_again_with_every_subscription_and_every_publish()
    {
        await using var server = await MosquittoServer.StartAsync(new MosquittoServerOptions(), Token);
        var box = new Box(Mosquitto.OptionsFor(server, "survivor"));
        await using var client = await box.StartAsync();
        await client.SubscribeAsync([Filter("survivor/#")], Token);
        await client.PublishAsync(Message("survivor/t", "before"), Token);
        Assert.Equal("before", (await box.NextAsync()).Payload);

        await server.KillAsync(Token);
        await box.ChangeAsync(change => !change.IsConnected);
        Assert.False(client.IsConnected);
        var publishing = client.PublishAsync(Message("survivor/t", "while away"), Token);
        await server.RestartAsync(Token);
        await box.ChangeAsync(change => change.IsConnected);

        Assert.Equal(MqttReasonCode.Success, await publishing.WaitAsync(Collector.Limit, Token));
        Assert.Equal("while away", (await box.NextAsync()).Payload);
    }

    [Fact]
    public async Task Publishes_under_way_when_the_broker_is_killed_all_complete_after_its_return()
    {
        await using var server = await MosquittoServer.StartAsync(new MosquittoServerOptions(), Token);
        var box = new Box(Mosquitto.OptionsFor(server, "under-way"));
        await using var client = await box.StartAsync();
        await client.WaitUntilConnectedAsync(Token);

        var publishes = Enumerable.Range(0, 20_000).Select(i => client.PublishAsync(Message("under-way/t", $"{i}"), Token)).ToArray();
        await server.KillAsync(Token);
        await server.RestartAsync(Token);

        var codes = await Task.WhenAll(publishes).WaitAsync(TimeSpan.FromSeconds(90), Token);
        Assert.All(codes, code => Assert.True(code < MqttReasonCode.UnspecifiedError));
    }

    [Fact]
    public async Task A_publish_cut_by_a_disconnect_is_sent_again_with_the_same_identifier_and_DUP()
    {
        var sent = new List<(int First, string Packet)>();
        await using var broker = new MisbehavingBroker(
            async talk =>
            {
                await talk.AcceptAsync();
                await ReadAsync(talk, sent);
                await ReadAsync(talk, sent);
            },
            async talk =>
            {
                await talk.AcceptAsync(sessionPresent: true);

                for (var i = 0; i < 2; i++)
                {
                    var body = await ReadAsync(talk, sent);
                    await talk.SendAsync(BrokerPackets.PubAck((ushort)((body[3] << 8) | body[4])));
                }

                await talk.SilenceAsync();
            });
        await using var client = new MqttClient(broker.Options with { SessionExpiryInterval = TimeSpan.FromMinutes(1) });
        await client.StartAsync(Token);

        var codes = await Task.WhenAll(client.PublishAsync(Message("t", "1"), Token), client.PublishAsync(Message("t", "2"), Token))
            .WaitAsync(Collector.Limit, Token);

        Assert.All(codes, code => Assert.Equal(MqttReasonCode.Success, code));
        Assert.Equal([0x32, 0x32, 0x3A, 0x3A], sent.Select(one => one.First));
        Assert.Equal(sent[..2].Select(one => one.Packet), sent[2..].Select(one => one.Packet));
    }

    [Fact]
    public async Task A_message_whose_handler_throws_comes_again()
    {
        var attempts = 0;
        var box = new Box(mosquitto.Options("throws") with { SessionExpiryInterval = TimeSpan.FromMinutes(1) });
        await using var client = await box.StartAsync((_, message) =>
            ++attempts == 1 ? throw new InvalidOperationException("not yet") : Task.CompletedTask);
        await client.SubscribeAsync([Filter("throws/t")], Token);

        await mosquitto.PublishAsync("throws/t", "x", "-q", "1");

        Assert.Equal("x", (await box.NextAsync()).Payload);
        Assert.Equal(2, attempts);
        await box.ChangeAsync(change => change is { IsConnected: false, Error: InvalidOperationException });
        await box.ChangeAsync(change => change is { IsConnected: true, SessionPresent: true });
    }

    [Fact]
    public async Task A_publish_that_waits_for_a_connection_can_be_cancelled_and_ends_with_the_client()
    {
        var broker = new MisbehavingBroker();
        var options = broker.Options;
        await broker.DisposeAsync();
        var client = new MqttClient(options);
        await client.StartAsync(Token);
        using var cancel = new CancellationTokenSource();

        var cancelled = client.PublishAsync(Message("t", "x"), cancel.Token);
        var abandoned = client.PublishAsync(Message("t", "x"), Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await client.DisposeAsync();
        await Assert.ThrowsAsync<MqttDisconnectedException>(() => abandoned);
    }

    [Fact]
    public void The_waits_between_attempts_double_up_to_ten_seconds_and_start_over_after_a_connection_that_lasted()
    {
        var backoff = new Backoff();
        var waits = Enumerable.Range(0, 12).Select(_ => backoff.Next(TimeSpan.Zero)).ToArray();

        Assert.InRange(waits[0].TotalMilliseconds, 100, 200);
        Assert.InRange(waits[3].TotalMilliseconds, 800, 1600);
        Assert.All(waits[6..], wait => Assert.InRange(wait.TotalSeconds, 5, 10));
        Assert.InRange(backoff.Next(TimeSpan.FromMinutes(1)).TotalMilliseconds, 100, 200);
    }

    private static MqttApplicationMessage Message(string topic, string payload) => new()
    {
        Topic = topic,
        Payload = Encoding.UTF8.GetBytes(payload),
        QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
    };

    private static MqttTopicFilter Filter(string topic) => new(topic, MqttQualityOfServiceLevel.AtLeastOnce);

    private static string Text(MqttReceivedMessage message) => Encoding.UTF8.GetString(message.Payload.Span);

    private static async Task<byte[]> ReadAsync(MisbehavingBroker.Conversation talk, List<(int First, string Packet)> sent)
    {
        var (first, body) = await talk.ReadAsync();
        sent.Add((first, Convert.ToHexString(body)));
        return body;
    }

    /// <summary>A client with what it was told.</summary>
    private sealed class Box(MqttClientOptions options)
    {
        private readonly Channel<(string Topic, string Payload)> _messages = Channel.CreateUnbounded<(string, string)>();
        private readonly Channel<MqttConnectionChange> _changes = Channel.CreateUnbounded<MqttConnectionChange>();

        public async Task<MqttClient> StartAsync(Func<MqttClient, MqttReceivedMessage, Task>? handle = null)
        {
            MqttClient? client = null;
            client = new MqttClient(options, async message =>
            {
                await (handle?.Invoke(client!, message) ?? Task.CompletedTask);
                _messages.Writer.TryWrite((message.Topic, Text(message)));
            })
            {
                ConnectionChanged = change => _changes.Writer.TryWrite(change),
            };
            await client.StartAsync(Token);
            return client;
        }

        public async Task<(string Topic, string Payload)> NextAsync() => await _messages.Reader.ReadAsync().AsTask().WaitAsync(Collector.Limit);

        public async Task<string[]> NextAsync(int count)
        {
            var payloads = new string[count];

            for (var i = 0; i < count; i++)
            {
                payloads[i] = (await NextAsync()).Payload;
            }

            return payloads;
        }

        public async Task ChangeAsync(Predicate<MqttConnectionChange> wanted)
        {
            while (!wanted(await _changes.Reader.ReadAsync().AsTask().WaitAsync(Collector.Limit)))
            {
            }
        }
    }
}
