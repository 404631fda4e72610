using System.ComponentModel.DataAnnotations;
using Coworking.Gateway.Accounts;
using Coworking.Gateway.Database;
using Coworking.Gateway.Http;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.Sessions;

/// <summary>POST /auth/refresh. A token that comes a second time has been stolen or lost its answer; which of both nobody can tell, so its whole family ends.</summary>
internal static class RefreshSession
{
    internal sealed record Request([property: Required] string? RefreshToken);

    internal static async Task<IResult> Handle(
        Request request, HttpContext context, GatewayDb db, GatewayOptions options, SignIn signIn, AccessTokens tokens, TimeProvider clock, ILogger<Session> log, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        fields.Require(!string.IsNullOrEmpty(request.RefreshToken), "refreshToken", "refreshToken is required");

        if (fields.Refusal is { } malformed)
        {
            return malformed.ToProblem();
        }

        if (!SecretText.TryHash(request.RefreshToken, out var hash))
        {
            return SessionRefusals.InvalidRefreshToken.ToProblem();
        }

        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var session = await db.LockSessionAsync(hash, cancellationToken);

        if (session is null || session.IsOver(now) || await db.Usable(options).FirstOrDefaultAsync(row => row.Id == session.AccountId && row.DisabledAt == null, cancellationToken) is not { } account)
        {
            return SessionRefusals.InvalidRefreshToken.ToProblem();
        }

        // Read under the lock: of two at once the second sees that it was used.
        var token = await db.RefreshTokens.SingleAsync(row => row.TokenHash == hash, cancellationToken);

        if (token.UsedAt is not null)
        {
            session.End(EndReasons.TokenReused, now);
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(CancellationToken.None);
            tokens.ForgetSession(session.Id);
            GatewayLog.RefreshTokenReused(log, session.Id, session.AccountId);
            return SessionRefusals.Reused.ToProblem();
        }

        if (token.ExpiresAt <= now)
        {
            return SessionRefusals.InvalidRefreshToken.ToProblem();
        }

        token.Use(now);
        var answer = signIn.GoOn(db, session, account);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(CancellationToken.None);
        return SignIn.Answer(context, answer);
    }
}
