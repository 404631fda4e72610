using System.Text.Json.Nodes;
using Coworking.IotIngest.Ingest;

namespace Coworking.IotIngest.Devices;

/// <summary>One permission of a role, in the words of the broker's plugin.</summary>
internal readonly record struct BrokerRight(string Type, string Topic)
{
    public JsonNode ToJson() => new JsonObject { ["acltype"] = Type, ["topic"] = Topic, ["allow"] = true };
}

/// <summary>What somebody may do at the broker. Whatever no role names is refused.</summary>
internal sealed record BrokerRole(string Name, BrokerRight[] Rights)
{
    public const string DevicePrefix = "device-";
    public const string Anonymous = "anonymous-devices";
    public const string Service = "iot-ingest";

    private const string Send = "publishClientSend";
    private const string Receive = "publishClientReceive";

    private const string AnyDesired = "sites/+/offices/+/desired";
    private const string Control = "$CONTROL/dynamic-security/#";

    private static readonly string[] Heard = [Control, "sites/+/offices/+/telemetry", "sites/+/offices/+/reported"];

    /// <summary>Name of a device's account, of its role and of its session.</summary>
    public static string NameOf(Guid device) => $"{DevicePrefix}{device}";

    /// <summary>Its own three topics, written out: Mosquitto 2.0.11 puts no names into patterns.</summary>
    public static BrokerRole OfDevice(Guid device, Guid location, Guid space) => new(
        NameOf(device),
        [
            new(Send, DeviceTopic.Of(location, space, "telemetry")),
            new(Send, DeviceTopic.Of(location, space, "reported")),
            new(Receive, DeviceTopic.Desired(location, space)),
            new("subscribeLiteral", DeviceTopic.Desired(location, space)),
            new("unsubscribeLiteral", DeviceTopic.Desired(location, space)),
        ]);

    /// <summary>Of a device whose space has gone: it may sign in, and nothing else.</summary>
    public static BrokerRole OfHomeless(Guid device) => new(NameOf(device), []);

    /// <summary>Of devices without an account: the firmware that knows no password. It takes part in everything that devices do, and in nothing else.</summary>
    public static BrokerRole OfAnonymous(bool allowed) => new(
        Anonymous,
        allowed
            ?
            [
                new(Send, "sites/+/offices/+/telemetry"),
                new(Send, "sites/+/offices/+/reported"),
                new(Receive, AnyDesired),
                new("subscribePattern", AnyDesired),
                new("unsubscribePattern", AnyDesired),
            ]
            : []);

    /// <summary>Of this service: everything that devices say, everything that they are told, and the accounts.</summary>
    public static BrokerRole OfService() => new(
        Service,
        [
            .. Heard.SelectMany(topic => new BrokerRight[] { new(Receive, topic), new("subscribePattern", topic), new("unsubscribePattern", topic) }),
            new(Send, Control),
            new(Send, AnyDesired),
        ]);

    public bool Equals(BrokerRole? other) => other is not null && Name == other.Name && Rights.ToHashSet().SetEquals(other.Rights);

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    public JsonObject Command(string name) => new()
    {
        ["command"] = name,
        ["rolename"] = Name,
        ["acls"] = new JsonArray([.. Rights.Select(right => right.ToJson())]),
    };
}
