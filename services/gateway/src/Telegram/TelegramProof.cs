using System.Security.Cryptography;
using System.Text;

namespace Coworking.Gateway.Telegram;

/// <summary>
/// Whether Telegram signed what a browser brings: the fields as key=value, one a line in the order of their keys, under a secret that is made of the bot's token
/// (core.telegram.org/widgets/login and core.telegram.org/bots/webapps, "Checking authorization" and "Validating data").
/// </summary>
internal static class TelegramProof
{
    private const string Hash = "hash";
    private const string SignedAt = "auth_date";

    // Of a server whose clock is ahead of ours.
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    /// <summary>A login widget answers within seconds; whoever finds its answer in a log comes later.</summary>
    internal static readonly TimeSpan MaxWidgetAge = TimeSpan.FromMinutes(5);

    /// <summary>A mini app keeps what it was started with for as long as it is open.</summary>
    internal static readonly TimeSpan MaxMiniAppAge = TimeSpan.FromHours(24);

    internal static bool IsWidget(IReadOnlyList<(string Key, string Value)> fields, string botToken, DateTimeOffset now) =>
        IsGood(fields, SHA256.HashData(Encoding.UTF8.GetBytes(botToken)), MaxWidgetAge, now);

    internal static bool IsMiniApp(IReadOnlyList<(string Key, string Value)> fields, string botToken, DateTimeOffset now) =>
        IsGood(fields, HMACSHA256.HashData("WebAppData"u8, Encoding.UTF8.GetBytes(botToken)), MaxMiniAppAge, now);

    private static bool IsGood(IReadOnlyList<(string Key, string Value)> fields, byte[] secret, TimeSpan maxAge, DateTimeOffset now)
    {
        // A key that comes twice has two values, of which one was never signed.
        if (fields.DistinctBy(field => field.Key, StringComparer.Ordinal).Count() != fields.Count
            || fields.FirstOrDefault(field => field.Key == Hash).Value is not { Length: 2 * SHA256.HashSizeInBytes } hex
            || !IsYoung(fields.FirstOrDefault(field => field.Key == SignedAt).Value, maxAge, now))
        {
            return false;
        }

        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        var lines = string.Join('\n', fields.Where(field => field.Key != Hash).OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => $"{field.Key}={field.Value}"));
        return Convert.FromHexString(hex, given, out _, out _) == System.Buffers.OperationStatus.Done
            && CryptographicOperations.FixedTimeEquals(given, HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(lines)));
    }

    private static bool IsYoung(string? seconds, TimeSpan maxAge, DateTimeOffset now) =>
        long.TryParse(seconds, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var signed)
        && signed <= (now + Skew).ToUnixTimeSeconds()
        && signed >= (now - maxAge).ToUnixTimeSeconds();
}
