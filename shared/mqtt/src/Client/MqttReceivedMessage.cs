namespace Coworking.Mqtt;

/// <summary>A received message, copied out of the receive buffer (MQTT 5.0, 3.3).</summary>
public sealed record MqttReceivedMessage
{
    /// <summary>Topic name.</summary>
    public required string Topic { get; init; }

    /// <summary>The bytes.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>QoS 0, 1 or 2.</summary>
    public MqttQualityOfServiceLevel QualityOfServiceLevel { get; init; }

    /// <summary>It was kept by the broker (3.3.1.3).</summary>
    public bool Retain { get; init; }

    /// <summary>It may have been delivered before (3.3.1.1).</summary>
    public bool Duplicate { get; init; }

    /// <summary>User properties, in order.</summary>
    public IReadOnlyList<MqttUserProperty> UserProperties { get; init; } = [];
}

/// <summary>The state of an <see cref="MqttClient"/> has changed.</summary>
/// <param name="IsConnected">Now connected, with every subscription made again.</param>
/// <param name="SessionPresent">The broker had kept the session.</param>
/// <param name="Error">Why the connection was lost, an attempt failed, or a subscription was refused.</param>
public sealed record MqttConnectionChange(bool IsConnected, bool SessionPresent, Exception? Error);
