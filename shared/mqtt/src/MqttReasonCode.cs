namespace Coworking.Mqtt;

/// <summary>The result of a request, or why a connection ended; 0x80 and above are failures (MQTT 5.0, 2.4).</summary>
public enum MqttReasonCode : byte
{
    /// <summary>Done; in a SUBACK: granted with QoS 0.</summary>
    Success = 0x00,

    /// <summary>The same byte as <see cref="Success"/>, as it is called in a DISCONNECT: the will is discarded.</summary>
    NormalDisconnection = Success,

    /// <summary>Subscription granted with at most QoS 1.</summary>
    GrantedQoS1 = 0x01,

    /// <summary>Subscription granted with at most QoS 2.</summary>
    GrantedQoS2 = 0x02,

    /// <summary>The client leaves and wants its will published.</summary>
    DisconnectWithWillMessage = 0x04,

    /// <summary>Accepted, but nobody subscribes to this topic.</summary>
    NoMatchingSubscribers = 0x10,

    /// <summary>Nothing was subscribed under this filter.</summary>
    NoSubscriptionExisted = 0x11,

    /// <summary>The enhanced authentication goes on.</summary>
    ContinueAuthentication = 0x18,

    /// <summary>The client starts a new authentication.</summary>
    ReAuthenticate = 0x19,

    /// <summary>Refused without saying why.</summary>
    UnspecifiedError = 0x80,

    /// <summary>A packet that cannot be parsed.</summary>
    MalformedPacket = 0x81,

    /// <summary>A packet that parses but is not allowed here.</summary>
    ProtocolError = 0x82,

    /// <summary>Valid, but not accepted by this implementation.</summary>
    ImplementationSpecificError = 0x83,

    /// <summary>The server does not speak this version of MQTT.</summary>
    UnsupportedProtocolVersion = 0x84,

    /// <summary>The client identifier is not allowed.</summary>
    ClientIdentifierNotValid = 0x85,

    /// <summary>Wrong user name or password.</summary>
    BadUserNameOrPassword = 0x86,

    /// <summary>Not allowed to do this.</summary>
    NotAuthorized = 0x87,

    /// <summary>The server is not available.</summary>
    ServerUnavailable = 0x88,

    /// <summary>The server is busy, try again later.</summary>
    ServerBusy = 0x89,

    /// <summary>This client is banned.</summary>
    Banned = 0x8A,

    /// <summary>The server shuts down.</summary>
    ServerShuttingDown = 0x8B,

    /// <summary>The authentication method is not supported.</summary>
    BadAuthenticationMethod = 0x8C,

    /// <summary>Nothing was heard for 1.5 times the keep-alive.</summary>
    KeepAliveTimeout = 0x8D,

    /// <summary>Another connection uses the same client identifier.</summary>
    SessionTakenOver = 0x8E,

    /// <summary>The topic filter is not accepted.</summary>
    TopicFilterInvalid = 0x8F,

    /// <summary>The topic name is not accepted.</summary>
    TopicNameInvalid = 0x90,

    /// <summary>The packet identifier is in use already.</summary>
    PacketIdentifierInUse = 0x91,

    /// <summary>The packet identifier is not known.</summary>
    PacketIdentifierNotFound = 0x92,

    /// <summary>More unacknowledged messages than the Receive Maximum allows.</summary>
    ReceiveMaximumExceeded = 0x93,

    /// <summary>A topic alias above the maximum that was agreed (here: any).</summary>
    TopicAliasInvalid = 0x94,

    /// <summary>A packet above the Maximum Packet Size that was agreed.</summary>
    PacketTooLarge = 0x95,

    /// <summary>Messages come too fast.</summary>
    MessageRateTooHigh = 0x96,

    /// <summary>A limit set by the administrator is exceeded.</summary>
    QuotaExceeded = 0x97,

    /// <summary>Closed by an administrator.</summary>
    AdministrativeAction = 0x98,

    /// <summary>The payload does not have the format it announces.</summary>
    PayloadFormatInvalid = 0x99,

    /// <summary>The server keeps no retained messages.</summary>
    RetainNotSupported = 0x9A,

    /// <summary>A QoS above the server's maximum.</summary>
    QoSNotSupported = 0x9B,

    /// <summary>Use another server for now.</summary>
    UseAnotherServer = 0x9C,

    /// <summary>Use another server from now on.</summary>
    ServerMoved = 0x9D,

    /// <summary>The server has no shared subscriptions.</summary>
    SharedSubscriptionsNotSupported = 0x9E,

    /// <summary>Connections come too fast.</summary>
    ConnectionRateExceeded = 0x9F,

    /// <summary>The connection has lasted as long as it may.</summary>
    MaximumConnectTime = 0xA0,

    /// <summary>The server has no subscription identifiers.</summary>
    SubscriptionIdentifiersNotSupported = 0xA1,

    /// <summary>The server has no wildcard subscriptions.</summary>
    WildcardSubscriptionsNotSupported = 0xA2,
}
