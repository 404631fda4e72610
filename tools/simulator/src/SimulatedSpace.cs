using System.Globalization;

namespace Coworking.Simulator;

/// <summary>A space with its one device.</summary>
/// <param name="LocationId">First level of its topics.</param>
/// <param name="SpaceId">Second level.</param>
/// <param name="Capacity">People; null where it was not given.</param>
/// <param name="IsCold">A cold store: nobody in it, 4 to 6 °C.</param>
internal sealed record SimulatedSpace(Guid LocationId, Guid SpaceId, int? Capacity, bool IsCold = false)
{
    public string Topic(string leaf) => $"sites/{LocationId}/offices/{SpaceId}/{leaf}";

    /// <summary>Ids that follow from the seed alone, so that they can be registered by one run and used by the next.</summary>
    public static IReadOnlyList<SimulatedSpace> Generate(int sites, int devices, int seed)
    {
        var random = new Random(seed);
        var locations = Enumerable.Range(0, sites).Select(_ => NextId(random)).ToArray();
        return [.. Enumerable.Range(0, devices).Select(i => new SimulatedSpace(locations[i % sites], NextId(random), 4 + (i % 4 * 4)))];
    }

    public static SimulatedSpace Parse(string text)
    {
        var parts = text.Split('/', ':');
        int? capacity = null;

        if (parts.Length >= 3 && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given > 0)
        {
            capacity = given;
        }

        return (parts.Length is 2 or 3 || parts is [_, _, _, "cold"]) && (parts.Length == 2 || capacity is not null)
            && Guid.TryParse(parts[0], out var location) && Guid.TryParse(parts[1], out var space)
            ? new SimulatedSpace(location, space, capacity, IsCold: parts.Length == 4)
            : throw new ArgumentsException($"a space is LOCATION/SPACE, LOCATION/SPACE:CAPACITY or LOCATION/SPACE:CAPACITY:cold with UUIDs, not {text}");
    }

    private static Guid NextId(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);

        // RFC 9562: version 4, variant 10.
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
