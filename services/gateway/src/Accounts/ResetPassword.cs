using System.ComponentModel.DataAnnotations;
using Coworking.Gateway.Accounts.Mails;
using Coworking.Gateway.Database;
using Coworking.Gateway.Http;
using Coworking.Gateway.Sessions;
using Coworking.Hosting.Problems;

namespace Coworking.Gateway.Accounts;

/// <summary>POST /auth/reset-password. Whoever brings the mailed token reads the mails of the address: that verifies it too, and signs everybody out who came in before.</summary>
internal static class ResetPassword
{
    internal sealed record Request([property: Required] string? Token, [property: Required, StringLength(Passwords.MaxLength, MinimumLength = Passwords.MinLength)] string? NewPassword);

    internal static async Task<IResult> Handle(
        Request request, HttpContext context, GatewayDb db, Passwords passwords, AccessTokens tokens, TimeProvider clock, ILogger<Account> log, CancellationToken cancellationToken)
    {
        var refusal = await ResetAsync(request, db, passwords, tokens, clock, log, cancellationToken);
        return refusal is null ? TypedResults.NoContent() : refusal == AccountRefusals.Busy ? AccountRefusals.BusyAnswer(context) : refusal.ToProblem();
    }

    /// <summary>The same for the page that the mail leads to.</summary>
    internal static async Task<IResult> HandleForm(
        HttpContext context, GatewayDb db, Passwords passwords, AccessTokens tokens, TimeProvider clock, ILogger<Account> log, CancellationToken cancellationToken)
    {
        var (form, refused) = await MailedPage.FormAsync(context, cancellationToken);

        if (refused is not null)
        {
            return refused;
        }

        var request = new Request(form?["token"], form?["newPassword"]);
        var refusal = await ResetAsync(request, db, passwords, tokens, clock, log, cancellationToken);
        return refusal is null ? MailedPage.Done(context, "Your password is changed. Sign in with the new one")
            : refusal == AccountRefusals.InvalidToken ? MailedPage.Refused(context, refusal)
            : MailedPage.ChoosePassword(context, request.Token ?? "", refusal);
    }

    private static async Task<Refusal?> ResetAsync(
        Request request, GatewayDb db, Passwords passwords, AccessTokens tokens, TimeProvider clock, ILogger log, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        fields.Require(!string.IsNullOrEmpty(request.Token), "token", "token is required");
        var password = fields.NewPassword("newPassword", request.NewPassword);

        if (fields.Refusal is { } malformed)
        {
            return malformed;
        }

        // Looked at before the password is hashed: nobody spends our cores with tokens of his own making.
        if (!SecretText.TryHash(request.Token, out var hash) || !await db.AreGoodAsync(AccountMailKinds.ResetPassword, hash, clock.GetUtcNow(), cancellationToken))
        {
            return AccountRefusals.InvalidToken;
        }

        return await passwords.HashAsync(password, cancellationToken) is { } passwordHash
            ? await SetAsync(hash, passwordHash, db, tokens, clock.GetUtcNow(), log, cancellationToken)
            : AccountRefusals.Busy;
    }

    private static async Task<Refusal?> SetAsync(byte[] token, string passwordHash, GatewayDb db, AccessTokens tokens, DateTimeOffset now, ILogger log, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        if (await db.UseUpAsync(AccountMailKinds.ResetPassword, token, now, cancellationToken) is not { DisabledAt: null, EmailKey: { } key } account)
        {
            return AccountRefusals.InvalidToken;
        }

        var owner = account.Id;
        account.SetPassword(passwordHash, now);
        account.VerifyEmail(now);
        // Whoever recovers his account must be alone in it: Telegram is linked again in a moment, by him.
        account.Unlink(now);
        await db.WithdrawAsync(AccountMailKinds.ResetPassword, owner, key, now, cancellationToken);
        await db.EndSessionsAsync(owner, EndReasons.PasswordChanged, now, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await db.WishAsync(AccountMailKinds.PasswordChanged, key, now, cancellationToken);
        await transaction.CommitAsync(CancellationToken.None);
        tokens.ForgetAccount(owner);
        GatewayLog.PasswordChanged(log, owner);
        return null;
    }
}
