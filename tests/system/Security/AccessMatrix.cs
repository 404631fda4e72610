using System.Text.RegularExpressions;
using Coworking.Local;

namespace Coworking.SystemTests.Security;

/// <summary>One row of docs/security.md.</summary>
/// <param name="Operation">Method and path.</param>
/// <param name="WhoMay">public, any, device, account, or roles.</param>
/// <param name="Customer">What a CUSTOMER gets who asks for what is another's.</param>
internal sealed partial record AccessRow(string Operation, string WhoMay, string Customer)
{
    internal bool IsPublic => WhoMay == "public";

    internal bool IsForDevices => WhoMay == "device";

    /// <summary>Whoever is signed in; a key has no account.</summary>
    internal bool IsForAccounts => WhoMay == "account";

    internal bool IsForAnyKey => WhoMay == "any" || WhoMay.Contains("USER", StringComparison.Ordinal);

    /// <summary>The table that people read: it is the one that is tried, so that the two cannot differ.</summary>
    internal static IReadOnlyDictionary<string, AccessRow> Read()
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs", "security.md")).Select(line => Row().Match(line)).Where(match => match.Success)
            .Select(match => new AccessRow(match.Groups["operation"].Value, match.Groups["who"].Value, match.Groups["customer"].Value)).ToList();
        Assert.True(rows.Count > 50, $"Only {rows.Count} rows were found in docs/security.md");
        return rows.ToDictionary(row => row.Operation);
    }

    [GeneratedRegex(@"^\| `(?<operation>[A-Z]+ /[^`]*)` \| (?<who>[^|]+) \| (?<customer>[^|]+) \|$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Row();
}
