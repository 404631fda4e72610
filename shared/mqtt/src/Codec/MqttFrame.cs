namespace Coworking.Mqtt;

/// <summary>One control packet as it lies in memory: first byte and body; valid until the next one is read.</summary>
internal readonly ref struct MqttFrame(byte firstByte, ReadOnlySpan<byte> body)
{
    private readonly byte _firstByte = firstByte;

    public MqttPacketType Type => (MqttPacketType)(_firstByte >> 4);

    public byte Flags => (byte)(_firstByte & 0x0F);

    public ReadOnlySpan<byte> Body { get; } = body;

    /// <summary>Reserved flags must be as in table 2-2 of MQTT 5.0.</summary>
    public void RequireFlags(byte expected)
    {
        if (Flags != expected)
        {
            throw MqttProtocolException.Malformed($"{Type} with reserved flags {Flags:x}.");
        }
    }
}
