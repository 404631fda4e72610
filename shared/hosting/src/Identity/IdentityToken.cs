using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;

namespace Coworking.Hosting.Identity;

/// <summary>Makes the token by which the gateway vouches for a caller. One per identity and half-minute, so that nobody pays for elliptic curves on every request.</summary>
public sealed class IdentityTokenSigner : IDisposable
{
    /// <summary>How long a token is good for.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    /// <summary>How long a token may be handed out again: half its life, so that it has at least 30 s left for slow requests and skewed clocks.</summary>
    public static readonly TimeSpan Reuse = Lifetime / 2;

    private const int MaxCached = 10_000;

    private readonly ConcurrentDictionary<Caller, (string Token, DateTimeOffset Until)> _tokens = new();
    private readonly ECDsa _key = ECDsa.Create();
    private readonly string _keyId;
    private readonly TimeProvider _clock;

    /// <summary>A signer with its key.</summary>
    /// <param name="signingKey">Base64 of the PKCS#8 DER of a P-256 private key.</param>
    /// <param name="clock">The clock that stamps tokens.</param>
    /// <exception cref="FormatException">Not base64.</exception>
    /// <exception cref="CryptographicException">Not such a key.</exception>
    public IdentityTokenSigner(string signingKey, TimeProvider clock)
    {
        _key.ImportPkcs8PrivateKey(Convert.FromBase64String(signingKey), out _);
        _keyId = Jws.KeyId(_key);
        _clock = clock;
    }

    /// <summary>A token that is good for at least half of <see cref="Lifetime"/>.</summary>
    public string TokenFor(Caller caller)
    {
        var now = _clock.GetUtcNow();

        if (_tokens.TryGetValue(caller, out var cached) && cached.Until > now)
        {
            return cached.Token;
        }

        if (_tokens.Count > MaxCached)
        {
            _tokens.Clear();
        }

        var token = Sign(caller);
        _tokens[caller] = (token, now + Reuse);
        return token;
    }

    /// <summary>A new token, for a caller who keeps it himself for <see cref="Reuse"/>.</summary>
    public string Sign(Caller caller)
    {
        var payload = JsonSerializer.SerializeToUtf8Bytes(new IdentityClaims(
            caller.Subject, caller.Kind, caller.Role, caller.Email, caller.EmailVerified, caller.Scopes, (_clock.GetUtcNow() + Lifetime).ToUnixTimeSeconds()), JsonSerializerOptions.Web);
        return Jws.Sign(_key, _keyId, payload);
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}

internal sealed record IdentityClaims(string Sub, string Kind, string Role, string? Email, bool EmailVerified, IReadOnlyList<string>? Scopes, long Exp);

/// <summary>Reads what <see cref="IdentityTokenSigner"/> made, and remembers what it has read.</summary>
public sealed class IdentityTokenVerifier : IDisposable
{
    private const int MaxCached = 10_000;

    private readonly ConcurrentDictionary<string, (Caller Caller, DateTimeOffset Until)> _verified = new();
    private readonly Dictionary<string, ECDsa> _keys = [];
    private readonly TimeProvider _clock;

    /// <summary>A verifier with its keys.</summary>
    /// <param name="publicKeys">Base64 of the SPKI DER of P-256 public keys, separated by commas: the next key is added here before the gateway signs with it.</param>
    /// <param name="clock">The clock that judges expiry.</param>
    public IdentityTokenVerifier(string publicKeys, TimeProvider clock)
    {
        _clock = clock;

        foreach (var text in publicKeys.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(text), out _);
            _keys[Jws.KeyId(key)] = key;
        }
    }

    /// <summary>The caller a token vouches for; null for a forged, foreign or expired one.</summary>
    public Caller? Verify(string token)
    {
        var now = _clock.GetUtcNow();

        if (_verified.TryGetValue(token, out var known))
        {
            return known.Until > now ? known.Caller : null;
        }

        if (Jws.Verify(token, keyId => keyId is not null && _keys.TryGetValue(keyId, out var key) ? key : null) is not { } payload
            || JsonSerializer.Deserialize<IdentityClaims>(payload, JsonSerializerOptions.Web) is not { } claims
            || DateTimeOffset.FromUnixTimeSeconds(claims.Exp) is var until && until <= now)
        {
            return null;
        }

        if (_verified.Count > MaxCached)
        {
            _verified.Clear();
        }

        var caller = new Caller(claims.Sub, claims.Kind, claims.Role, claims.Email, claims.EmailVerified, claims.Scopes ?? []);
        _verified[token] = (caller, until);
        return caller;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var key in _keys.Values)
        {
            key.Dispose();
        }
    }
}
