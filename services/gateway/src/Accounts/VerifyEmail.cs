using System.ComponentModel.DataAnnotations;
using Coworking.Gateway.Accounts.Mails;
using Coworking.Gateway.Database;
using Coworking.Gateway.Http;
using Coworking.Gateway.Sessions;
using Coworking.Hosting.Problems;

namespace Coworking.Gateway.Accounts;

/// <summary>POST /auth/verify-email. Whoever brings the mailed token reads the mails of the address; every session of the account sees its bookings from then on.</summary>
internal static class VerifyEmail
{
    internal sealed record Request([property: Required] string? Token);

    internal static async Task<IResult> Handle(Request request, GatewayDb db, AccessTokens tokens, TimeProvider clock, ILogger<Account> log, CancellationToken cancellationToken)
    {
        var (refusal, row) = await VerifyAsync(request.Token, db, tokens, clock, log, cancellationToken);
        return refusal is null ? TypedResults.Ok(row) : refusal.ToProblem();
    }

    /// <summary>The same for the page that the mail leads to.</summary>
    internal static async Task<IResult> HandleForm(HttpContext context, GatewayDb db, AccessTokens tokens, TimeProvider clock, ILogger<Account> log, CancellationToken cancellationToken)
    {
        var (form, refused) = await MailedPage.FormAsync(context, cancellationToken);

        if (refused is not null)
        {
            return refused;
        }

        var (refusal, _) = await VerifyAsync(form?["token"], db, tokens, clock, log, cancellationToken);
        return refusal is null ? MailedPage.Done(context, "Your e-mail address is confirmed") : MailedPage.Refused(context, refusal);
    }

    private static async Task<(Refusal? Refusal, AccountRow? Row)> VerifyAsync(
        string? token, GatewayDb db, AccessTokens tokens, TimeProvider clock, ILogger log, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        fields.Require(!string.IsNullOrEmpty(token), "token", "token is required");

        if (fields.Refusal is { } malformed)
        {
            return (malformed, null);
        }

        if (!SecretText.TryHash(token, out var hash))
        {
            return (AccountRefusals.InvalidToken, null);
        }

        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        if (await db.UseUpAsync(AccountMailKinds.VerifyEmail, hash, now, cancellationToken) is not { } account)
        {
            return (AccountRefusals.InvalidToken, null);
        }

        account.VerifyEmail(now);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(CancellationToken.None);
        tokens.ForgetAccount(account.Id);
        GatewayLog.EmailVerified(log, account.Id);
        return (null, AccountRow.Of(account));
    }
}
