namespace Coworking.Mqtt;

/// <summary>What to do with retained messages at a subscription (MQTT 5.0, 3.8.3.1).</summary>
public enum MqttRetainHandling : byte
{
    /// <summary>Send them at every SUBSCRIBE.</summary>
    SendAtSubscribe = 0,

    /// <summary>Send them only when the subscription is new.</summary>
    SendAtSubscribeIfNewSubscriptionOnly = 1,

    /// <summary>Do not send them.</summary>
    DoNotSendOnSubscribe = 2,
}

/// <summary>A subscription (MQTT 5.0, 3.8.3); <c>$share/{group}/{filter}</c> makes it a shared one.</summary>
/// <param name="Topic">Topic filter, with <c>+</c> and <c>#</c> as wildcards.</param>
/// <param name="QualityOfServiceLevel">The highest QoS to receive with.</param>
/// <param name="NoLocal">Do not send back what this client publishes.</param>
/// <param name="RetainAsPublished">Keep the retain flag of forwarded messages as the publisher set it.</param>
/// <param name="RetainHandling">What to do with retained messages now.</param>
public sealed record MqttTopicFilter(
    string Topic,
    MqttQualityOfServiceLevel QualityOfServiceLevel,
    bool NoLocal = false,
    bool RetainAsPublished = false,
    MqttRetainHandling RetainHandling = MqttRetainHandling.SendAtSubscribe);
