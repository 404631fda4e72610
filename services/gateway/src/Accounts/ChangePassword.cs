using System.ComponentModel.DataAnnotations;
using Coworking.Gateway.Accounts.Mails;
using Coworking.Gateway.Database;
using Coworking.Gateway.Http;
using Coworking.Gateway.Sessions;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.Accounts;

/// <summary>POST /auth/change-password. Signs the account out everywhere, and in again here: the answer holds the tokens of the new session.</summary>
internal static class ChangePassword
{
    internal sealed record Request([property: Required, StringLength(Passwords.MaxLength, MinimumLength = 1)] string? CurrentPassword, [property: Required, StringLength(Passwords.MaxLength, MinimumLength = Passwords.MinLength)] string? NewPassword);

    internal static async Task<IResult> Handle(
        Request request, SignedIn signedIn, HttpContext context, GatewayDb db, Passwords passwords, Lockout lockout, SignIn signIn, AccessTokens tokens, TimeProvider clock, ILogger<Account> log,
        CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var current = fields.Password("currentPassword", request.CurrentPassword);
        var next = fields.NewPassword("newPassword", request.NewPassword);

        if (fields.Refusal is { } refusal)
        {
            return refusal.ToProblem();
        }

        var account = await db.Accounts.AsNoTracking().FirstOrDefaultAsync(row => row.Id == signedIn.AccountId, cancellationToken);

        if (account is not { EmailKey: { } key, PasswordHash: { } seen })
        {
            return AccountRefusals.NoPassword.ToProblem();
        }

        // Who found a device that is signed in must not find the password by it.
        if (await ProveAsync(seen, current, key, context, passwords, lockout, cancellationToken) is { } unproved)
        {
            return unproved;
        }

        return await passwords.HashAsync(next, cancellationToken) is { } hash
            ? await ChangeAsync(account.Id, seen, hash, context, db, signIn, tokens, clock, log, cancellationToken)
            : AccountRefusals.BusyAnswer(context);
    }

    private static async Task<IResult?> ProveAsync(string hash, string current, string key, HttpContext context, Passwords passwords, Lockout lockout, CancellationToken cancellationToken)
    {
        var address = Lockout.AddressOf(context);

        if (await lockout.ShutAsync(key, address, cancellationToken) is { } shut)
        {
            return Lockout.Answer(context, shut);
        }

        var verdict = await passwords.VerifyAsync(hash, current, cancellationToken);
        return verdict == PasswordVerdict.Busy ? AccountRefusals.BusyAnswer(context)
            : await lockout.SettleAsync(key, address, verdict != PasswordVerdict.Wrong, cancellationToken) is { } shutMeanwhile ? Lockout.Answer(context, shutMeanwhile)
            : verdict == PasswordVerdict.Wrong ? AccountRefusals.WrongPassword.ToProblem()
            : null;
    }

    private static async Task<IResult> ChangeAsync(
        Guid id, string seen, string hash, HttpContext context, GatewayDb db, SignIn signIn, AccessTokens tokens, TimeProvider clock, ILogger log, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        // Of two changes at once the second has not seen the password that it says is the present one.
        if (await db.LockAccountAsync(id, cancellationToken) is not { } account || account.PasswordHash != seen)
        {
            return AccountRefusals.WrongPassword.ToProblem();
        }

        account.SetPassword(hash, now);
        // A link that was asked for before, by whomever, would undo the change.
        await db.WithdrawAsync(AccountMailKinds.ResetPassword, id, account.EmailKey!, now, cancellationToken);
        await db.EndSessionsAsync(id, EndReasons.PasswordChanged, now, cancellationToken);
        var answer = signIn.Open(db, account);
        await db.SaveChangesAsync(cancellationToken);
        await db.WishAsync(AccountMailKinds.PasswordChanged, account.EmailKey!, now, cancellationToken);
        await transaction.CommitAsync(CancellationToken.None);
        tokens.ForgetAccount(id);
        GatewayLog.PasswordChanged(log, id);
        return SignIn.Answer(context, answer);
    }
}
