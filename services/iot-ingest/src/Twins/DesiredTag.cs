using System.Globalization;
using Coworking.Hosting.Problems;
using Microsoft.Net.Http.Headers;

namespace Coworking.IotIngest.Twins;

/// <summary>The version of the desired half as an entity tag (RFC 9110, 8.8.3 and 13.1.1).</summary>
internal static class DesiredTag
{
    public static string Of(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>The tags of If-Match, empty where any version will do; says what is wrong with a header that cannot be read.</summary>
    public static Refusal? Read(HttpRequest request, out IList<EntityTagHeaderValue> tags)
    {
        var header = request.Headers.IfMatch;
        tags = [];

        if (header.Count == 0)
        {
            return null;
        }

        if (!EntityTagHeaderValue.TryParseStrictList([.. header.Select(line => line ?? "")], out var read) || read.Count == 0)
        {
            return Refusal.Field("If-Match", "If-Match must be *, or entity tags in double quotes such as \"3\"");
        }

        // * asks that there is a twin at all, and every space has one.
        tags = read.Contains(EntityTagHeaderValue.Any) ? [] : read;
        return null;
    }

    /// <summary>True where one of the tags is of this version. Weak tags never are: two states that are only alike must not pass for the same.</summary>
    public static bool Matches(IList<EntityTagHeaderValue> tags, long version) =>
        tags.Count == 0 || tags.Any(tag => !tag.IsWeak && tag.Tag.Equals(Of(version), StringComparison.Ordinal));
}

internal static class TwinRefusals
{
    public static Refusal VersionStale(long version) =>
        new(StatusCodes.Status412PreconditionFailed, "twin.version_stale", $"The desired state has changed meanwhile: its version is {version.ToString(CultureInfo.InvariantCulture)}")
        {
            Extensions = new Dictionary<string, object?> { ["desiredVersion"] = version },
        };
}
