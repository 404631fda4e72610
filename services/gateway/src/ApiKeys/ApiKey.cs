using System.Buffers.Text;
using System.Security.Cryptography;

namespace Coworking.Gateway.ApiKeys;

/// <summary>A key in the table: everything about it but the key.</summary>
internal sealed class ApiKey
{
    private const int SecretBytes = 32;

    public Guid Id { get; private init; }

    /// <summary>Of the present secret; the table api_key_hashes has those before it too.</summary>
    public byte[] KeyHash { get; private set; } = [];

    public string Role { get; private init; } = "";

    public string? Label { get; private set; }

    public string[] Scopes { get; private set; } = [];

    public int? LimitPerMinute { get; private set; }

    public int? LimitBurst { get; private set; }

    public bool IsDemo { get; private init; }

    public DateTimeOffset CreatedAt { get; private init; }

    public DateTimeOffset? ExpiresAt { get; private set; }

    public DateTimeOffset? RotatedAt { get; private set; }

    public DateTimeOffset? RevokedAt { get; private init; }

    public DateTimeOffset? LastUsedAt { get; private init; }

    /// <summary>A new key; its text is given here and nowhere again.</summary>
    /// <param name="role">ADMIN or USER.</param>
    /// <param name="fields">The rest of it.</param>
    /// <param name="text">A text that the caller chose; null: one of ours, cw_id_secret.</param>
    /// <param name="now">The present.</param>
    internal static (ApiKey Key, string Text) Create(string role, KeyFields fields, string? text, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now);
        text ??= NewText(id);
        var key = new ApiKey { Id = id, KeyHash = ApiKeys.KeyHash.Of(text).ToArray(), Role = role, CreatedAt = now };
        key.Change(fields);
        return (key, text);
    }

    internal KeyFields Fields => new(Label, Scopes, ExpiresAt, LimitPerMinute is { } perMinute ? new KeyLimit(perMinute, LimitBurst) : null);

    internal void Change(KeyFields fields)
    {
        (Label, ExpiresAt) = (fields.Label, fields.ExpiresAt);
        Scopes = [.. (fields.Scopes ?? []).OfType<string>().Distinct()];
        var rate = fields.Limit?.ToRate(Role);
        (LimitPerMinute, LimitBurst) = (rate?.PerMinute, rate?.Burst);
    }

    /// <summary>Another secret for the same key; the text is given here and nowhere again.</summary>
    internal string Rotate(DateTimeOffset now)
    {
        var text = NewText(Id);
        (KeyHash, RotatedAt) = (ApiKeys.KeyHash.Of(text).ToArray(), now);
        return text;
    }

    private static string NewText(Guid id) => $"cw_{id:N}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes))}";
}
