namespace Coworking.Mqtt;

/// <summary>A publish that waits: for its turn, or for its PUBACK.</summary>
internal sealed class PendingPublish(MqttApplicationMessage message) : TaskCompletionSource<MqttReasonCode>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private CancellationTokenRegistration _cancellation;

    public MqttApplicationMessage Message { get; } = message;

    /// <summary>0 until it is sent.</summary>
    public ushort PacketId { get; set; }

    /// <summary>The order of the first sending, kept when it is sent again (MQTT 5.0, 4.6).</summary>
    public long Sequence { get; set; }

    public bool IsAtMostOnce => Message.QualityOfServiceLevel == MqttQualityOfServiceLevel.AtMostOnce;

    public bool WasSent => PacketId != 0;

    public void CancelWith(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(
                static (state, token) => ((PendingPublish)state!).TrySetCanceled(token), this);
        }
    }

    public void Complete(MqttReasonCode code)
    {
        _cancellation.Unregister();
        TrySetResult(code);
    }

    public void Fail(Exception cause)
    {
        _cancellation.Unregister();
        TrySetException(cause);
    }
}
