using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Coworking.Gateway.Http;

/// <summary>Texts that only their owner knows. The database keeps their SHA-256: 32 random bytes need no salt and no slow hash.</summary>
internal static class SecretText
{
    private const int Bytes = 32;

    // 32 bytes in base64url.
    private const int Length = 43;

    internal static (string Text, byte[] Hash) Create()
    {
        var text = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));
        return (text, SHA256.HashData(Encoding.ASCII.GetBytes(text)));
    }

    /// <summary>The hash of a text that came back; false for what was never one of ours.</summary>
    internal static bool TryHash([NotNullWhen(true)] string? text, [NotNullWhen(true)] out byte[]? hash)
    {
        hash = text is { Length: Length } && Base64Url.IsValid(text) ? SHA256.HashData(Encoding.ASCII.GetBytes(text)) : null;
        return hash is not null;
    }
}
