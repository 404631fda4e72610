using System.Buffers.Text;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;

namespace Coworking.IotIngest.Ingest;

/// <summary>sites/{locationId}/offices/{spaceId}/telemetry|reported|desired, as bytes.</summary>
internal static class DeviceTopic
{
    private const int UuidLength = 36;

    /// <summary>Finds the space a topic speaks of; says why where it cannot.</summary>
    public static Rejection? Parse(ReadOnlySpan<byte> topic, SpaceDirectory spaces, out Space? space, out bool isReported)
    {
        space = null;
        isReported = topic.EndsWith("/reported"u8);

        if (!TryIds(topic, out var location, out var id) || !(isReported || topic.EndsWith("/telemetry"u8)))
        {
            return new Rejection(Rejection.Malformed, "the topic is not sites/{locationId}/offices/{spaceId}/telemetry or /reported");
        }

        if (!spaces.TryGet(id, out space))
        {
            return new Rejection(Rejection.UnknownSpace, $"space {id} is not known");
        }

        return space.LocationId == location ? null : new Rejection(Rejection.WrongSite, $"space {id} is not at location {location}");
    }

    public static string Filter(Guid location, string leaf) => $"sites/{location}/offices/+/{leaf}";

    public static string Desired(Guid location, Guid space) => Of(location, space, "desired");

    public static string Of(Guid location, Guid space, string leaf) => $"sites/{location}/offices/{space}/{leaf}";

    private static bool TryIds(ReadOnlySpan<byte> topic, out Guid location, out Guid space)
    {
        location = space = default;
        var prefix = "sites/"u8;
        var middle = "/offices/"u8;
        var first = prefix.Length;
        var second = first + UuidLength + middle.Length;

        return topic.Length > second + UuidLength
            && topic.StartsWith(prefix)
            && topic.Slice(first + UuidLength, middle.Length).SequenceEqual(middle)
            && topic[second + UuidLength] == '/'
            && topic.LastIndexOf((byte)'/') == second + UuidLength
            && Utf8Parser.TryParse(topic.Slice(first, UuidLength), out location, out var read, 'D') && read == UuidLength
            && Utf8Parser.TryParse(topic.Slice(second, UuidLength), out space, out read, 'D') && read == UuidLength;
    }
}
