using System.Text;

namespace Coworking.Mqtt.Tests;

/// <summary>Packets as a broker writes them, by hand from MQTT 5.0, so that the client's own encoder is not its own witness.</summary>
internal static class BrokerPackets
{
    public static byte[] ConnAck(bool sessionPresent = false, MqttReasonCode code = MqttReasonCode.Success, params byte[] properties) =>
        Packet(0x20, [sessionPresent ? (byte)1 : (byte)0, (byte)code, .. Block(properties)]);

    public static byte[] Publish(string topic, string payload, ushort packetId = 0, int level = 0, bool duplicate = false, bool retain = false, byte[]? properties = null)
        => Packet(
            (byte)(0x30 | (duplicate ? 8 : 0) | (level << 1) | (retain ? 1 : 0)),
            [.. Text(topic), .. level > 0 ? Number(packetId) : [], .. Block(properties ?? []), .. Encoding.UTF8.GetBytes(payload)]);

    public static byte[] PubAck(ushort packetId, MqttReasonCode code = MqttReasonCode.Success) =>
        Packet(0x40, code == MqttReasonCode.Success ? Number(packetId) : [.. Number(packetId), (byte)code, 0]);

    public static byte[] PubRel(ushort packetId) => Packet(0x62, Number(packetId));

    public static byte[] SubAck(ushort packetId, params byte[] codes) => Packet(0x90, [.. Number(packetId), 0, .. codes]);

    public static byte[] UnsubAck(ushort packetId, params byte[] codes) => Packet(0xB0, [.. Number(packetId), 0, .. codes]);

    public static byte[] PingResp() => [0xD0, 0];

    public static byte[] Disconnect(MqttReasonCode code, params byte[] properties) => Packet(0xE0, [(byte)code, .. Block(properties)]);

    public static byte[] UserProperty(string name, string value) => [0x26, .. Text(name), .. Text(value)];

    public static byte[] Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return [.. Number((ushort)bytes.Length), .. bytes];
    }

    public static byte[] Number(ushort value) => [(byte)(value >> 8), (byte)value];

    public static byte[] Packet(byte first, byte[] body) => [first, .. Length(body.Length), .. body];

    private static byte[] Block(byte[] properties) => [.. Length(properties.Length), .. properties];

    private static byte[] Length(int length)
    {
        var bytes = new List<byte>();

        for (; length >= 128; length >>= 7)
        {
            bytes.Add((byte)(length | 128));
        }

        bytes.Add((byte)length);
        return [.. bytes];
    }
}
