using System.Globalization;

namespace Coworking.Reservations.Http;

/// <summary>The version of a thing as its ETag, and the If-Match that asks for it (RFC 9110, 13.1.1).</summary>
internal static class EntityTag
{
    internal static void Show(HttpContext context, long version) => context.Response.Headers.ETag = Of(version);

    /// <summary>True where the request makes no condition, or this version meets it.</summary>
    internal static bool Matches(HttpContext context, long version)
    {
        var header = context.Request.Headers.IfMatch.ToString();
        return header.Length == 0
            || header.Split(',', StringSplitOptions.TrimEntries).Any(tag => tag == "*" || tag == Of(version));
    }

    internal static string Of(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
}
