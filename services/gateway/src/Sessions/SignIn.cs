using Coworking.Gateway.Accounts;
using Coworking.Gateway.Database;
using Coworking.Gateway.Http;

namespace Coworking.Gateway.Sessions;

/// <summary>What whoever signed in goes on with.</summary>
/// <param name="AccessToken">Sent as Authorization: Bearer.</param>
/// <param name="RefreshToken">Good once, for the next two tokens.</param>
/// <param name="ExpiresIn">Seconds of the access token.</param>
/// <param name="TokenType">Bearer.</param>
/// <param name="User">The account.</param>
internal sealed record SignedInAnswer(string AccessToken, string RefreshToken, int ExpiresIn, string TokenType, AccountRow User);

/// <summary>Makes sessions and the tokens of them; whoever calls has proved who it is, and commits.</summary>
internal sealed class SignIn(AccessTokenForm form, TimeProvider clock)
{
    /// <summary>A new session.</summary>
    internal SignedInAnswer Open(GatewayDb db, Account account)
    {
        var session = Session.Of(account.Id, clock.GetUtcNow());
        db.Sessions.Add(session);
        return GoOn(db, session, account);
    }

    /// <summary>The next two tokens of a session.</summary>
    internal SignedInAnswer GoOn(GatewayDb db, Session session, Account account)
    {
        var now = clock.GetUtcNow();
        var (text, hash) = SecretText.Create();
        db.RefreshTokens.Add(RefreshToken.Of(session.Id, hash, now));
        session.Prolong(now);
        return new(form.Write(account.Id, session.Id, account.Role), text, (int)AccessTokenForm.Lifetime.TotalSeconds, "Bearer", AccountRow.Of(account));
    }

    /// <summary>No cache keeps it.</summary>
    internal static IResult Answer(HttpContext context, SignedInAnswer answer)
    {
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(answer);
    }
}
