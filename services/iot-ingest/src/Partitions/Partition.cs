using System.Buffers.Binary;

namespace Coworking.IotIngest.Partitions;

/// <summary>Locations are spread over a fixed number of partitions; each is one MQTT session, held by one replica at a time.</summary>
internal static class Partition
{
    /// <summary>Which partition a location belongs to; the same for ever, in every process.</summary>
    public static int Of(Guid location, int partitions)
    {
        Span<byte> bytes = stackalloc byte[16];
        location.TryWriteBytes(bytes, bigEndian: true, out _);
        // The random tail of a version 7 UUID; its head is a clock and would put neighbours in time together.
        return (int)(BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]) % (uint)partitions);
    }

    public static string LeaseName(int partition) => $"partition/{partition:00}";

    public static string ClientId(int partition) => $"iot-ingest-{partition}";
}
