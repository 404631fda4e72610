using System.Buffers.Text;
using System.Security.Cryptography;

namespace Coworking.Gateway.ApiKeys;

/// <summary>A key in the table: everything about it but the key.</summary>
internal sealed class ApiKey
{
    private const int SecretBytes = 32;

    public Guid Id { get; private init; }

    public byte[] KeyHash { get; private init; } = [];

    public string Role { get; private init; } = "";

    public string? Label { get; private init; }

    public string[] Scopes { get; private init; } = [];

    public bool IsDemo { get; private init; }

    public DateTimeOffset CreatedAt { get; private init; }

    public DateTimeOffset? ExpiresAt { get; private init; }

    public DateTimeOffset? RevokedAt { get; private set; }

    public DateTimeOffset? LastUsedAt { get; private init; }

    /// <summary>A new key; its text is given here and nowhere again.</summary>
    /// <param name="role">ADMIN or USER.</param>
    /// <param name="label">What people call it.</param>
    /// <param name="scopes">Empty: everything its role may.</param>
    /// <param name="expiresAt">Null: never.</param>
    /// <param name="text">A text that the caller chose; null: one of ours, cw_id_secret.</param>
    /// <param name="now">The present.</param>
    internal static (ApiKey Key, string Text) Create(string role, string? label, string[] scopes, DateTimeOffset? expiresAt, string? text, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now);
        text ??= $"cw_{id:N}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes))}";
        var key = new ApiKey
        {
            Id = id,
            KeyHash = ApiKeys.KeyHash.Of(text).ToArray(),
            Role = role,
            Label = label,
            Scopes = scopes,
            CreatedAt = now,
            ExpiresAt = expiresAt,
        };
        return (key, text);
    }
}
