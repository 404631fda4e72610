using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;

namespace Coworking.Gateway.Http;

/// <summary>The x-request-id of a request: the client's where it is fit to be logged, else one of ours.</summary>
internal static class RequestIds
{
    internal const string Header = "x-request-id";

    private const int MaxLength = 128;
    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    // Unique by the start of the process and a count: an id is no secret, and a random one each would cost more than the rest of this.
    private static readonly string Start = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)) + "-";
    private static long _count;

    internal static string For(IHeaderDictionary headers)
    {
        var given = headers[Header];
        return given.Count == 1 && given[0] is { Length: >= 1 and <= MaxLength } id && !id.AsSpan().ContainsAnyExcept(Allowed) ? id : Next();
    }

    private static string Next() => string.Create(CultureInfo.InvariantCulture, $"{Start}{Interlocked.Increment(ref _count):x}");
}
