using System.Text;
using System.Threading.Channels;

namespace Coworking.Mqtt;

/// <summary>
/// Copies messages off the read loop and handles them one at a time, so that a handler may publish and wait for the answer. QoS 1 and 2 are bounded by
/// the Receive Maximum; QoS 0 beyond it is dropped and counted, as the broker would, since holding back the read loop would hold back the answers too.
/// </summary>
internal sealed class ReceivedMessages(Func<MqttReceivedMessage, ValueTask> handle, ushort receiveMaximum) : IMqttMessageHandler
{
    // Not with SingleReader, whose channel cannot count.
    private readonly Channel<Item> _channel = Channel.CreateUnbounded<Item>();
    private readonly ushort[] _id = new ushort[1];
    private MqttConnection? _failed;
    private long _dropped;

    private sealed record Item(MqttConnection Connection, ushort PacketId, MqttReceivedMessage Message);

    public long Dropped => Volatile.Read(ref _dropped);

    public ValueTask HandleAsync(in MqttPublishFrame frame)
    {
        if (frame.QualityOfServiceLevel == MqttQualityOfServiceLevel.AtMostOnce && _channel.Reader.Count >= receiveMaximum)
        {
            Interlocked.Increment(ref _dropped);
            return ValueTask.CompletedTask;
        }

        var message = new MqttReceivedMessage
        {
            Topic = Encoding.UTF8.GetString(frame.Topic),
            Payload = frame.Payload.ToArray(),
            QualityOfServiceLevel = frame.QualityOfServiceLevel,
            Retain = frame.Retain,
            Duplicate = frame.Duplicate,
            UserProperties = frame.CopyUserProperties(),
        };
        _channel.Writer.TryWrite(new Item(frame.Connection, frame.PacketId, message));
        return ValueTask.CompletedTask;
    }

    public void Complete() => _channel.Writer.TryComplete();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var item in _channel.Reader.ReadAllAsync(cancellationToken))
        {
            await HandleAsync(item, cancellationToken);
        }
    }

    private async Task HandleAsync(Item item, CancellationToken cancellationToken)
    {
        if (item.PacketId != 0 && item.Connection == _failed)
        {
            return;
        }

        try
        {
            await HandleAndAcknowledgeAsync(item, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Not acknowledged: it comes again over the next connection, and so do those behind it, which must not overtake it.
            _failed = item.Connection;
            item.Connection.FailHandler(e);
        }
    }

    private async Task HandleAndAcknowledgeAsync(Item item, CancellationToken cancellationToken)
    {
        var isTaken = item.Message.QualityOfServiceLevel == MqttQualityOfServiceLevel.ExactlyOnce && item.Connection.IsTaken(item.PacketId);

        // A QoS 2 message that was in the handler when its connection broke is taken; its copy is only acknowledged.
        if (!isTaken)
        {
            await handle(item.Message);
        }

        if (item.PacketId != 0)
        {
            _id[0] = item.PacketId;
            await item.Connection.AcknowledgeAsync(_id, cancellationToken);
        }
    }
}
