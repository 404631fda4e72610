using Coworking.Gateway.Access;

namespace Coworking.Gateway.Sessions;

/// <summary>A session as the gate remembers it, one instance for all of its tokens.</summary>
/// <param name="sessionId">Of the session.</param>
/// <param name="visitor">Null where it has ended; none comes back to life.</param>
internal sealed class KnownSession(Guid sessionId, Visitor? visitor)
{
    private volatile bool _isStale;

    internal Guid SessionId => sessionId;

    internal Visitor? Visitor => visitor;

    /// <summary>The database has said that it is another now.</summary>
    internal bool IsStale => _isStale;

    internal void Forget() => _isStale = true;
}

/// <summary>A token whose signature was found good.</summary>
/// <param name="ExpiresAt">Until when.</param>
/// <param name="Session">What is known of its session.</param>
internal sealed record KnownToken(DateTimeOffset ExpiresAt, KnownSession Session);
