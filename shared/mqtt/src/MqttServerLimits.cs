namespace Coworking.Mqtt;

/// <summary>What the broker allows and decided, from its CONNACK (MQTT 5.0, 3.2.2.3).</summary>
public sealed record MqttServerLimits
{
    /// <summary>How many QoS 1 publishes may wait for their PUBACK.</summary>
    public ushort ReceiveMaximum { get; init; } = ushort.MaxValue;

    /// <summary>The highest QoS it takes.</summary>
    public MqttQualityOfServiceLevel MaximumQoS { get; init; } = MqttQualityOfServiceLevel.ExactlyOnce;

    /// <summary>The largest packet it takes, in bytes.</summary>
    public uint MaximumPacketSize { get; init; } = uint.MaxValue;

    /// <summary>It keeps retained messages.</summary>
    public bool RetainAvailable { get; init; } = true;

    /// <summary>It takes wildcards in filters.</summary>
    public bool WildcardSubscriptionAvailable { get; init; } = true;

    /// <summary>It takes shared subscriptions.</summary>
    public bool SharedSubscriptionAvailable { get; init; } = true;

    /// <summary>The keep-alive it wants instead of ours; null: ours holds.</summary>
    public TimeSpan? KeepAlive { get; init; }

    /// <summary>The session expiry it uses instead of ours; null: ours holds.</summary>
    public TimeSpan? SessionExpiryInterval { get; init; }

    /// <summary>The client id it gave, when ours was empty.</summary>
    public string? AssignedClientIdentifier { get; init; }
}
