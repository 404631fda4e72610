using Coworking.Gateway.Database;
using Coworking.Gateway.Http;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.Sessions;

/// <summary>POST /auth/logout. Ends the session of the access token, or of the refresh token in the body where there is no good access token any more; 204 whatever was sent.</summary>
internal static class LogOut
{
    internal sealed record Request(string? RefreshToken);

    internal static async Task<IResult> Handle(HttpContext context, Request? request, SignedIn? signedIn, GatewayDb db, AccessTokens tokens, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (signedIn is not null)
        {
            await EndAsync(db, tokens, signedIn.SessionId, clock.GetUtcNow(), cancellationToken);
        }

        if (SecretText.TryHash(request?.RefreshToken, out var hash)
            && await db.RefreshTokens.Where(token => token.TokenHash == hash).Select(token => (Guid?)token.SessionId).FirstOrDefaultAsync(cancellationToken) is { } sessionId)
        {
            await EndAsync(db, tokens, sessionId, clock.GetUtcNow(), cancellationToken);
        }

        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.NoContent();
    }

    private static async Task EndAsync(GatewayDb db, AccessTokens tokens, Guid sessionId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await db.Sessions.Where(session => session.Id == sessionId && session.EndedAt == null).ExecuteUpdateAsync(
            session => session.SetProperty(row => row.EndedAt, now).SetProperty(row => row.EndReason, EndReasons.LoggedOut), cancellationToken);
        tokens.ForgetSession(sessionId);
    }
}
