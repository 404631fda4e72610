using System.Buffers;

namespace Coworking.Mqtt;

/// <summary>How often a message arrives (MQTT 5.0, 4.3).</summary>
public enum MqttQualityOfServiceLevel : byte
{
    /// <summary>QoS 0: once or never.</summary>
    AtMostOnce = 0,

    /// <summary>QoS 1: once or more.</summary>
    AtLeastOnce = 1,

    /// <summary>QoS 2: once.</summary>
    ExactlyOnce = 2,
}

/// <summary>A name and value of the sender's choice that travels with a message (MQTT 5.0, 3.3.2.3.7).</summary>
/// <param name="Name">UTF-8, at most 65,535 bytes; the same name may come more than once.</param>
/// <param name="Value">UTF-8, at most 65,535 bytes.</param>
public sealed record MqttUserProperty(string Name, string Value);

/// <summary>A message to publish (MQTT 5.0, 3.3).</summary>
public sealed record MqttApplicationMessage
{
    private static readonly SearchValues<char> NotInTopicNames = SearchValues.Create("\0#+");

    /// <summary>Topic name, without wildcards.</summary>
    public required string Topic { get; init; }

    /// <summary>The bytes; they must not change until the publish is complete.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>0 or 1; this client sends nothing with QoS 2 except a will.</summary>
    public MqttQualityOfServiceLevel QualityOfServiceLevel { get; init; }

    /// <summary>Kept by the broker for those who subscribe later; an empty payload clears it (3.3.1.3).</summary>
    public bool Retain { get; init; }

    /// <summary>User properties, in this order.</summary>
    public IReadOnlyList<MqttUserProperty> UserProperties { get; init; } = [];

    internal static void Validate(MqttApplicationMessage message)
    {
        if (message.Topic.Length == 0 || message.Topic.AsSpan().ContainsAny(NotInTopicNames))
        {
            throw new ArgumentException($"'{message.Topic}' is no topic name: it must not be empty nor hold '#', '+' or U+0000.", nameof(message));
        }
    }
}
