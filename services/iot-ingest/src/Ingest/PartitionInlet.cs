using Coworking.Mqtt;

namespace Coworking.IotIngest.Ingest;

/// <summary>The end of one connection in this service: turns its frames into queue items, and its commits into acknowledgements. Ends with the connection.</summary>
internal sealed class PartitionInlet(IngestQueue queue, MessageDecoder decoder, IngestMetrics metrics, TimeProvider clock, CancellationToken ended) : IngestSource, IMqttMessageHandler
{
    private readonly TaskCompletionSource<MqttConnection> _connection = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<ushort> _committed = [];
    private int _unsettled;
    private volatile bool _stopping;

    public override bool HasCommitted => _committed.Count > 0;

    /// <summary>Messages that were taken in and not yet committed.</summary>
    public int Unsettled => Volatile.Read(ref _unsettled);

    public void Attach(MqttConnection connection) => _connection.TrySetResult(connection);

    /// <summary>Takes nothing more: what the broker sends from now on stays unacknowledged, in its session.</summary>
    public void Stop() => _stopping = true;

    /// <summary>Lets a held-back read loop go, once the connection is closed.</summary>
    public void End()
    {
        _stopped.TrySetResult();
        _connection.TrySetCanceled(CancellationToken.None);
    }

    public ValueTask HandleAsync(in MqttPublishFrame frame)
    {
        if (_stopping)
        {
            return new ValueTask(_stopped.Task);
        }

        metrics.Received();
        var now = clock.GetTimestamp();
        var packetId = frame.QualityOfServiceLevel == MqttQualityOfServiceLevel.AtMostOnce ? (ushort)0 : frame.PacketId;
        var item = decoder.Decode(frame.Topic, frame.Payload) with { Source = this, PacketId = packetId, ReceivedAt = now, Trace = ReadingTrace.Of(frame) };
        Interlocked.Increment(ref _unsettled);
        return queue.WriteAsync(item, ended);
    }

    public override void Committed(in IngestItem item, Batch batch)
    {
        Interlocked.Decrement(ref _unsettled);

        if (item.PacketId != 0)
        {
            _committed.Add(item.PacketId);
        }
    }

    /// <summary>Sends what was committed; a connection that has ended meanwhile gets nothing: its messages come again and are known.</summary>
    public override async ValueTask AcknowledgeAsync()
    {
        try
        {
            var connection = await _connection.Task;
            await connection.AcknowledgeAsync(_committed.ToArray(), CancellationToken.None);
        }
        catch (Exception e) when (e is OperationCanceledException or MqttException or IOException or ObjectDisposedException)
        {
            // The end of a connection is told by the connection itself.
        }

        _committed.Clear();
    }
}
