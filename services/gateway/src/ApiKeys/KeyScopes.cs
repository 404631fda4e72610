using System.Text.RegularExpressions;

namespace Coworking.Gateway.ApiKeys;

/// <summary>What a key is narrowed to: read, write, or either of one area (bookings:write), the area being what follows /api/v1/. Write does not include read.</summary>
internal static partial class KeyScopes
{
    internal const int MaxCount = 20;

    internal static bool IsWellFormed(string? scope) => scope is not null && Form().IsMatch(scope);

    internal static bool Allow(IReadOnlyList<string> scopes, string method, PathString path)
    {
        var wish = HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? "read" : "write";
        var segments = (path.Value ?? "").Split('/', 5);
        var wishHere = segments.Length > 3 ? $"{segments[3]}:{wish}" : wish;
        return scopes.Any(scope => scope == wish || string.Equals(scope, wishHere, StringComparison.OrdinalIgnoreCase));
    }

    [GeneratedRegex(@"^([a-z][a-z.-]{0,39}:)?(read|write)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
