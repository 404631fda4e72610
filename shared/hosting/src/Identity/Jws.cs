using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Coworking.Hosting.Identity;

/// <summary>JSON Web Signatures in compact form with ES256 and nothing else (RFC 7515, RFC 7518 3.4). No algorithm is ever taken from a token.</summary>
public static class Jws
{
    /// <summary>Longer tokens are refused unread: ours are a few hundred bytes.</summary>
    public const int MaxLength = 8192;

    // Whoever decodes base64url skips blanks: spelt in a thousand ways, one good token would be a thousand to those who remember tokens.
    private static readonly SearchValues<char> Spelling = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>Signs a payload.</summary>
    /// <param name="key">A P-256 private key.</param>
    /// <param name="keyId">Written into the header as kid.</param>
    /// <param name="payload">Bytes of the payload, normally JSON.</param>
    /// <returns>header.payload.signature, each base64url.</returns>
    public static string Sign(ECDsa key, string keyId, ReadOnlySpan<byte> payload)
    {
        var header = JsonSerializer.SerializeToUtf8Bytes(new { alg = "ES256", typ = "JWT", kid = keyId });
        var input = Base64Url.EncodeToString(header) + "." + Base64Url.EncodeToString(payload);
        var signature = key.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return input + "." + Base64Url.EncodeToString(signature);
    }

    /// <summary>Checks a token and gives its payload; null for anything that is not a good ES256 signature by a known key.</summary>
    /// <param name="token">Compact form.</param>
    /// <param name="keyOf">Public key by kid (null where the header has none); null for an unknown one.</param>
    public static byte[]? Verify(string token, Func<string?, ECDsa?> keyOf)
    {
        if (token.Length > MaxLength || token.AsSpan().ContainsAnyExcept(Spelling) || token.Split('.') is not [var header, var payload, var signature])
        {
            return null;
        }

        try
        {
            if (!IsOurs(header, out var keyId) || keyOf(keyId) is not { } key)
            {
                return null;
            }

            var signed = Base64Url.DecodeFromChars(signature);
            // The last letter holds bits that nobody reads: only one of its spellings is ours.
            return Base64Url.EncodeToString(signed) == signature
                && key.VerifyData(Encoding.ASCII.GetBytes($"{header}.{payload}"), signed, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
                    ? Base64Url.DecodeFromChars(payload)
                    : null;
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return null;
        }
    }

    private static bool IsOurs(string header, out string? keyId)
    {
        keyId = null;

        try
        {
            using var head = JsonDocument.Parse(Base64Url.DecodeFromChars(header));

            if (head.RootElement.ValueKind != JsonValueKind.Object
                || !head.RootElement.TryGetProperty("alg", out var algorithm) || algorithm.ValueKind != JsonValueKind.String || algorithm.GetString() != "ES256"
                || head.RootElement.TryGetProperty("crit", out _))
            {
                return false;
            }

            keyId = head.RootElement.TryGetProperty("kid", out var kid) && kid.ValueKind == JsonValueKind.String ? kid.GetString() : null;
            return true;
        }
        // The last one: what is JSON by its structure but holds what is no text, bytes that are no UTF-8 or half of a surrogate pair.
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The kid of a key: the first 16 base64url characters of the SHA-256 of its public part.</summary>
    public static string KeyId(ECDsa key) => Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..16];
}
