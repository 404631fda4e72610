using Coworking.Gateway.Accounts;
using Coworking.Gateway.Database;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.Sessions;

/// <summary>The tables of sessions, and the statements under which they change.</summary>
internal static class SessionTable
{
    internal static void Map(ModelBuilder model)
    {
        var session = model.Entity<Session>();
        session.ToTable("sessions").HasKey(row => row.Id);
        session.HasOne<Account>().WithMany().HasForeignKey(row => row.AccountId);
        var token = model.Entity<RefreshToken>();
        token.ToTable("refresh_tokens").HasKey(row => row.TokenHash);
        token.HasOne<Session>().WithMany().HasForeignKey(row => row.SessionId);
    }

    /// <summary>The session that a refresh token belongs to, locked: of two refreshes at once the second sees what the first did.</summary>
    internal static async Task<Session?> LockSessionAsync(this GatewayDb db, byte[] tokenHash, CancellationToken cancellationToken) =>
        (await db.Sessions.FromSql($"select s.* from sessions s join refresh_tokens t on t.session_id = s.id where t.token_hash = {tokenHash} for update of s").ToListAsync(cancellationToken))
            .SingleOrDefault();

    /// <summary>The account of whoever is signed in, locked; null where his session has ended meanwhile. A gateway may believe one for two seconds more, which must not outlive it.</summary>
    internal static async Task<Account?> LockSignedInAsync(this GatewayDb db, SignedIn signedIn, CancellationToken cancellationToken) =>
        await db.LockAccountAsync(signedIn.AccountId, cancellationToken) is { DisabledAt: null } account
        && await db.Sessions.AnyAsync(session => session.Id == signedIn.SessionId && session.EndedAt == null, cancellationToken)
            ? account
            : null;

    /// <summary>Signs an account out everywhere; the tables tell every gateway.</summary>
    internal static Task EndSessionsAsync(this GatewayDb db, Guid accountId, string reason, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.Sessions.Where(session => session.AccountId == accountId && session.EndedAt == null).ExecuteUpdateAsync(
            session => session.SetProperty(row => row.EndedAt, now).SetProperty(row => row.EndReason, reason), cancellationToken);
}
