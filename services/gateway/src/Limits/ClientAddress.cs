using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Coworking.Gateway.Limits;

/// <summary>What counts as one address.</summary>
internal static class ClientAddress
{
    private const ulong Four = 4;
    private const ulong Six = 6;

    /// <summary>An IPv4 address, or the /64 of an IPv6 one: that much is given to a single customer, who could else come from a new address each time.</summary>
    internal static BucketKey KeyOf(IPAddress? address)
    {
        Span<byte> bytes = stackalloc byte[16];

        if (address is null || !address.TryWriteBytes(bytes, out _))
        {
            return default;
        }

        return address.AddressFamily == AddressFamily.InterNetwork ? new BucketKey(BinaryPrimitives.ReadUInt32BigEndian(bytes), Four)
            : address.IsIPv4MappedToIPv6 ? new BucketKey(BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]), Four)
            : new BucketKey(BinaryPrimitives.ReadUInt64BigEndian(bytes), Six);
    }
}
