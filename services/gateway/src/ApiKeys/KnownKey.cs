using Coworking.Hosting.Identity;

namespace Coworking.Gateway.ApiKeys;

/// <summary>A key that is good, as the gate remembers it.</summary>
internal sealed class KnownKey(Guid id, string role, IReadOnlyList<string> scopes, DateTimeOffset? expiresAt)
{
    private volatile bool _used;

    internal Guid Id => id;

    /// <summary>One instance per key: the signer finds its token by it.</summary>
    internal Caller Caller { get; } = new(id.ToString(), "key", role, Email: null, EmailVerified: false, scopes);

    internal bool HasExpired(TimeProvider clock) => expiresAt is { } end && end <= clock.GetUtcNow();

    internal void MarkUsed()
    {
        // Read before written: cores that serve the same key would pass its cache line around for nothing.
        if (!_used)
        {
            _used = true;
        }
    }

    /// <summary>True where it was used since the last call.</summary>
    internal bool TakeUse()
    {
        var used = _used;
        _used = false;
        return used;
    }
}
