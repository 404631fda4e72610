using System.Net;
using System.Net.Sockets;

namespace Coworking.Reservations.Webhooks.Deliveries;

/// <summary>Which addresses belong to the open internet (IANA's special-purpose registries, RFC 6890).</summary>
internal static class PublicAddresses
{
    private static readonly IPNetwork[] NotPublicV4 =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
            // Link-local; clouds answer with their metadata, credentials included, at 169.254.169.254.
            "169.254.0.0/16",
            "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
            // Multicast, reserved, broadcast.
            "224.0.0.0/4", "240.0.0.0/4",
        }.Select(IPNetwork.Parse),
    ];

    // Named the other way round: everything outside of what is handed out today is none of ours.
    private static readonly IPNetwork GlobalV6 = IPNetwork.Parse("2000::/3");

    // Teredo and 6to4 carry an IPv4 address inside, which may be any.
    private static readonly IPNetwork[] NotPublicV6 = [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(IPNetwork.Parse)];

    internal static bool IsPublic(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.AddressFamily switch
        {
            AddressFamily.InterNetwork => !NotPublicV4.Any(network => network.Contains(plain)),
            AddressFamily.InterNetworkV6 => plain.ScopeId == 0 && GlobalV6.Contains(plain) && !NotPublicV6.Any(network => network.Contains(plain)),
            _ => false,
        };
    }
}
