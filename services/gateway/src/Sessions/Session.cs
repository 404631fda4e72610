namespace Coworking.Gateway.Sessions;

/// <summary>One sign-in on one device, and the family of refresh tokens that keeps it alive.</summary>
internal sealed class Session
{
    /// <summary>For how long a device that is not used stays signed in.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    public Guid Id { get; private init; }

    public Guid AccountId { get; private init; }

    public DateTimeOffset CreatedAt { get; private init; }

    public DateTimeOffset ExpiresAt { get; private set; }

    public DateTimeOffset? EndedAt { get; private set; }

    public string? EndReason { get; private set; }

    internal static Session Of(Guid accountId, DateTimeOffset now) => new() { Id = Guid.CreateVersion7(now), AccountId = accountId, CreatedAt = now, ExpiresAt = now + Lifetime };

    internal bool IsOver(DateTimeOffset now) => EndedAt is not null || ExpiresAt <= now;

    internal void Prolong(DateTimeOffset now) => ExpiresAt = now + Lifetime;

    internal void End(string reason, DateTimeOffset now) => (EndedAt, EndReason) = (EndedAt ?? now, EndReason ?? reason);
}

/// <summary>Why sessions end.</summary>
internal static class EndReasons
{
    internal const string LoggedOut = "logged_out";
    internal const string TokenReused = "token_reused";
    internal const string PasswordChanged = "password_changed";
    internal const string AccountDisabled = "account_disabled";
}

/// <summary>One refresh token, by its hash. A used one stays, so that it is known when it comes again.</summary>
internal sealed class RefreshToken
{
    public byte[] TokenHash { get; private init; } = [];

    public Guid SessionId { get; private init; }

    public DateTimeOffset CreatedAt { get; private init; }

    public DateTimeOffset ExpiresAt { get; private init; }

    public DateTimeOffset? UsedAt { get; private set; }

    internal static RefreshToken Of(Guid sessionId, byte[] hash, DateTimeOffset now) => new() { TokenHash = hash, SessionId = sessionId, CreatedAt = now, ExpiresAt = now + Session.Lifetime };

    internal void Use(DateTimeOffset now) => UsedAt = now;
}
