using System.Text.Json;

namespace Coworking.Gateway.Sessions;

/// <summary>
/// Access tokens: JWT (RFC 7519) by ES256 for a quarter of an hour. They say whose session it is; what its account may do stands in the database, so that it can be taken away at once.
/// The role is in them for the eyes of clients only.
/// </summary>
internal sealed class AccessTokenForm(SigningKeys keys, TokenOptions options, TimeProvider clock)
{
    internal static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    // Of a gateway whose clock is ahead.
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    internal string Write(Guid accountId, Guid sessionId, string role)
    {
        var now = clock.GetUtcNow();
        return keys.Sign(JsonSerializer.SerializeToUtf8Bytes(
            new Claims(options.Issuer, options.Audience, accountId, sessionId, role, now.ToUnixTimeSeconds(), (now + Lifetime).ToUnixTimeSeconds()), JsonSerializerOptions.Web));
    }

    /// <summary>Whose it is; null for whatever is no good token of ours.</summary>
    internal Claims? Read(string token)
    {
        try
        {
            return keys.Verify(token) is { } payload && JsonSerializer.Deserialize<Claims>(payload, JsonSerializerOptions.Web) is { } claims && IsGood(claims, clock.GetUtcNow()) ? claims : null;
        }
        catch (JsonException)
        {
            // Signed by our key for something else.
            return null;
        }
    }

    private bool IsGood(Claims claims, DateTimeOffset now) =>
        claims.Iss == options.Issuer
        && claims.Aud == options.Audience
        && claims.Exp > now.ToUnixTimeSeconds()
        && claims.Iat <= (now + Skew).ToUnixTimeSeconds()
        && claims.Exp - claims.Iat <= (long)Lifetime.TotalSeconds;

    internal sealed record Claims(string Iss, string Aud, Guid Sub, Guid Sid, string Role, long Iat, long Exp);
}
