namespace Coworking.Mqtt;

/// <summary>Base of everything that goes wrong between this client and a broker.</summary>
public class MqttException : Exception
{
    /// <summary>An error with a sentence that says what is wrong.</summary>
    public MqttException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

/// <summary>A connection could not be made: the broker refused (MQTT 5.0, 3.2.2.2), or did not answer, or is not there.</summary>
public sealed class MqttConnectException : MqttException
{
    internal MqttConnectException(string message, MqttReasonCode? reasonCode, Exception? innerException = null)
        : base(message, innerException) => ReasonCode = reasonCode;

    /// <summary>The broker's reason; null when there was no CONNACK.</summary>
    public MqttReasonCode? ReasonCode { get; }
}

/// <summary>The other side broke the protocol; the connection is closed with <see cref="ReasonCode"/> (MQTT 5.0, 4.13).</summary>
public sealed class MqttProtocolException : MqttException
{
    internal MqttProtocolException(MqttReasonCode reasonCode, string message)
        : base(message) => ReasonCode = reasonCode;

    /// <summary>What the DISCONNECT that answers it says.</summary>
    public MqttReasonCode ReasonCode { get; }

    internal static MqttProtocolException Malformed(string message) => new(MqttReasonCode.MalformedPacket, message);

    internal static MqttProtocolException Violation(string message) => new(MqttReasonCode.ProtocolError, message);
}

/// <summary>The connection has ended, or ended before the request was answered.</summary>
public sealed class MqttDisconnectedException : MqttException
{
    internal MqttDisconnectedException(string message, MqttReasonCode? reasonCode = null, Exception? innerException = null)
        : base(message, innerException) => ReasonCode = reasonCode;

    /// <summary>The reason in the broker's DISCONNECT, or the one found here; null when the connection just broke.</summary>
    public MqttReasonCode? ReasonCode { get; }
}
