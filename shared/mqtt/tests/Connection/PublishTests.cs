using System.Text;

namespace Coworking.Mqtt.Tests.Connection;

public sealed class PublishTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_more_than_the_brokers_receive_maximum_is_in_flight_and_the_order_of_calls_is_kept()
    {
        const int Messages = 50;
        await using var broker = new MisbehavingBroker(async talk =>
        {
            await talk.AcceptAsync(false, 0x21, 0, 3);

            for (var next = 0; next < Messages; next += 3)
            {
                var window = new List<ushort>();

                for (var i = next; i < Math.Min(next + 3, Messages); i++)
                {
                    var (_, body) = await talk.ReadAsync();
                    window.Add((ushort)((body[3] << 8) | body[4]));
                    Assert.Equal($"{i}", Encoding.ASCII.GetString(body[6..]));
                }

                // Nothing but a DISCONNECT may come before the first PUBACK; the first PUBACK lets exactly one more out.
                foreach (var id in window)
                {
                    await talk.SendAsync(BrokerPackets.PubAck(id));
                }
            }

            Assert.Equal(0xE0, (await talk.ReadAsync()).First);
        });
        await using var connection = await MqttConnection.ConnectAsync(broker.Options, new Collector(), Token);

        var publishes = Enumerable.Range(0, Messages).Select(i => connection.PublishAsync(Message($"{i}"), Token)).ToArray();

        Assert.All(await Task.WhenAll(publishes).WaitAsync(Collector.Limit, Token), code => Assert.Equal(MqttReasonCode.Success, code));
        await connection.DisconnectAsync(cancellationToken: Token);
        await broker.Finished;
    }

    [Fact]
    public async Task The_code_of_the_puback_is_the_result()
    {
        await using var broker = new MisbehavingBroker(async talk =>
        {
            await talk.AcceptAsync();
            var (_, body) = await talk.ReadAsync();
            await talk.SendAsync(BrokerPackets.PubAck((ushort)((body[3] << 8) | body[4]), MqttReasonCode.NotAuthorized));
            await talk.SilenceAsync();
        });
        await using var connection = await MqttConnection.ConnectAsync(broker.Options, new Collector(), Token);

        Assert.Equal(MqttReasonCode.NotAuthorized, await connection.PublishAsync(Message("x"), Token).WaitAsync(Collector.Limit, Token));
    }

    [Fact]
    public async Task What_a_broker_does_not_take_is_refused_here()
    {
        await using var broker = new MisbehavingBroker(async talk =>
        {
            await talk.AcceptAsync(false, 0x24, 0, 0x25, 0, 0x27, 0, 0, 0, 30);
            await talk.SilenceAsync();
        });
        await using var connection = await MqttConnection.ConnectAsync(broker.Options, new Collector(), Token);
        var message = new MqttApplicationMessage { Topic = "t" };

        await Assert.ThrowsAsync<ArgumentException>(() => connection.PublishAsync(Message("x"), Token));
        await Assert.ThrowsAsync<ArgumentException>(() => connection.PublishAsync(message with { Retain = true }, Token));
        await Assert.ThrowsAsync<ArgumentException>(() => connection.PublishAsync(message with { Payload = new byte[30] }, Token));
        Assert.Equal(MqttReasonCode.Success, await connection.PublishAsync(message, Token).WaitAsync(Collector.Limit, Token));
    }

    [Fact]
    public async Task A_cancelled_publish_that_was_not_sent_is_never_sent_and_one_that_was_keeps_its_identifier()
    {
        var isSent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayAcknowledge = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var broker = new MisbehavingBroker(async talk =>
        {
            await talk.AcceptAsync(false, 0x21, 0, 1);
            var (_, sent) = await talk.ReadAsync();
            Assert.Equal("sent", Encoding.ASCII.GetString(sent[6..]));
            isSent.SetResult();
            await mayAcknowledge.Task;
            await talk.SendAsync(BrokerPackets.PubAck((ushort)((sent[3] << 8) | sent[4])));
            var (_, last) = await talk.ReadAsync();
            Assert.Equal("last", Encoding.ASCII.GetString(last[6..]));
            await talk.SendAsync(BrokerPackets.PubAck((ushort)((last[3] << 8) | last[4])));
            await talk.SilenceAsync();
        });
        await using var connection = await MqttConnection.ConnectAsync(broker.Options, new Collector(), Token);
        using var cancel = new CancellationTokenSource();

        var sent = connection.PublishAsync(Message("sent"), cancel.Token);
        var queued = connection.PublishAsync(Message("queued"), cancel.Token);
        await isSent.Task.WaitAsync(Collector.Limit, Token);
        await cancel.CancelAsync();
        mayAcknowledge.SetResult();
        var last = connection.PublishAsync(Message("last"), Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sent);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queued);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connection.PublishAsync(Message("too late"), cancel.Token));
        Assert.Equal(MqttReasonCode.Success, await last.WaitAsync(Collector.Limit, Token));
    }

    private static MqttApplicationMessage Message(string payload) => new()
    {
        Topic = "t",
        Payload = Encoding.ASCII.GetBytes(payload),
        QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
    };
}
