namespace Coworking.Mqtt;

/// <summary>SUBSCRIBE and UNSUBSCRIBE that wait for their answer; they do not outlive the connection.</summary>
internal sealed class PendingRequests(Lock gate, PacketIds ids)
{
    private readonly Dictionary<ushort, Request> _pending = [];

    private sealed record Request(MqttPacketType Answer, int Count, TaskCompletionSource<IReadOnlyList<MqttReasonCode>> Answered);

    /// <summary>Called under the gate.</summary>
    public Task<IReadOnlyList<MqttReasonCode>> Add(MqttPacketType answer, int count, out ushort packetId)
    {
        packetId = ids.Rent();
        var request = new Request(answer, count, new(TaskCreationOptions.RunContinuationsAsynchronously));
        _pending.Add(packetId, request);
        return request.Answered.Task;
    }

    public void Answered(MqttPacketType type, SubAckPacket answer)
    {
        Request? request;

        lock (gate)
        {
            if (!_pending.Remove(answer.PacketId, out request) || request.Answer != type || request.Count != answer.ReasonCodes.Count)
            {
                throw MqttProtocolException.Violation($"{type} for packet {answer.PacketId} with {answer.ReasonCodes.Count} codes answers no request.");
            }

            ids.Remove(answer.PacketId);
        }

        request.Answered.TrySetResult(answer.ReasonCodes);
    }

    public void Fail(Exception cause)
    {
        lock (gate)
        {
            foreach (var (packetId, request) in _pending)
            {
                ids.Remove(packetId);
                request.Answered.TrySetException(cause);
            }

            _pending.Clear();
        }
    }
}
