using System.Text.RegularExpressions;

namespace Coworking.Hosting.Http;

/// <summary>Addresses for logs and traces: whoever reads those must not be able to take what was offered to another, nor read with his key.</summary>
internal static partial class Secrets
{
    /// <summary>A path, a query or a whole address, with a mark in the place of what only its owner may know.</summary>
    internal static string Masked(string address) => Secret().Replace(address, "…");

    // The token of an offer of the waitlist, of a calendar feed, and the key or ticket of a stream.
    [GeneratedRegex(@"(?<=/waitlist/offers/+)[^/?#]+|(?<=(?:^|[?&])(?:token|key|ticket)=)[^&#]+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Secret();
}
