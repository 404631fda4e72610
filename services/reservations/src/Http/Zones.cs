using System.Diagnostics.CodeAnalysis;

namespace Coworking.Reservations.Http;

/// <summary>Time zones by their IANA names only.</summary>
internal static class Zones
{
    // The folder of the database also holds aliases that depend on the machine, and copies that count leap seconds.
    private static readonly string[] NoZones = ["localtime", "posixrules", "Factory"];

    internal static bool IsKnown([NotNullWhen(true)] string? name) =>
        name is { Length: > 0 and <= 64 }
            && !NoZones.Contains(name)
            && !name.StartsWith("posix/", StringComparison.Ordinal)
            && !name.StartsWith("right/", StringComparison.Ordinal)
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '+')
            && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone)
            && zone.HasIanaId;

    /// <summary>The zone of a stored name, which was known when it was stored.</summary>
    internal static TimeZoneInfo Find(string name) => TimeZoneInfo.FindSystemTimeZoneById(name);
}
