using Coworking.Gateway.Access;
using Coworking.Gateway.Limits;
using Coworking.Hosting.Identity;

namespace Coworking.Gateway.ApiKeys;

/// <summary>A key as the table has it.</summary>
/// <param name="Id">Of the key, whichever of its secrets was presented.</param>
/// <param name="Role">ADMIN or USER.</param>
/// <param name="Scopes">What it is narrowed to.</param>
/// <param name="GoodUntil">The earlier of its expiry and, for a secret that was rotated out, the end of the overlap.</param>
/// <param name="Limit">Its own; null: its role's.</param>
internal sealed record KeyRow(Guid Id, string Role, IReadOnlyList<string> Scopes, DateTimeOffset? GoodUntil, Rate? Limit);

/// <summary>A key that is good, as the gate remembers it.</summary>
internal sealed class KnownKey(KeyRow row, TokenBucket bucket)
{
    private volatile bool _used;
    private volatile bool _isStale;

    internal Guid Id => row.Id;

    internal Visitor Visitor { get; } = new(new Caller(row.Id.ToString(), "key", row.Role, Email: null, EmailVerified: false, row.Scopes), bucket);

    /// <summary>The ring has taken it out: whoever found it a moment before must not note it for others.</summary>
    internal bool IsStale => _isStale;

    internal void Forget() => _isStale = true;

    internal bool HasExpired(TimeProvider clock) => row.GoodUntil is { } end && end <= clock.GetUtcNow();

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
