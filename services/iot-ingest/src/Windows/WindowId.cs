using Coworking.IotIngest.Database;

namespace Coworking.IotIngest.Windows;

/// <summary>A window has no id of its own; clients want one that stays: made of the space and the minute.</summary>
internal static class WindowId
{
    public static Guid Of(Guid space, DateTimeOffset start)
    {
        Span<byte> bytes = stackalloc byte[16];
        space.TryWriteBytes(bytes, bigEndian: true, out _);
        var minute = (uint)(Micros.Of(start) / Micros.PerMinute);
        var tail = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes[12..], tail ^ minute);
        // Version 8: an id of our own making (RFC 9562 5.8).
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
