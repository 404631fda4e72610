using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Coworking.Reservations.CalendarFeeds;

/// <summary>The secret in a calendar's address. Looked up by its hash: what a comparison's time tells about a hash helps nobody to find a token.</summary>
internal static class FeedToken
{
    private const int Bytes = 32;
    private const int Length = 43;

    internal static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    internal static byte[] Hash(string token) => SHA256.HashData(Encoding.ASCII.GetBytes(token));

    /// <summary>False for what can be no token, so that nobody need look for it.</summary>
    internal static bool IsWellFormed(string token) => token.Length == Length && token.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
