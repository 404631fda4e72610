using System.ComponentModel.DataAnnotations;
using Coworking.Gateway.Database;
using Coworking.Gateway.Http;
using Coworking.Gateway.Sessions;
using Coworking.Hosting.Http;
using Coworking.Hosting.OpenApi;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.Accounts;

/// <summary>POST /auth/login. An e-mail that nobody has and a wrong password get the same answer after the same work.</summary>
internal static class LogIn
{
    internal sealed record Request([property: Required, Format("email"), StringLength(AccountFields.MaxEmail)] string? Email, [property: Required, StringLength(Passwords.MaxLength, MinimumLength = 1)] string? Password);

    internal static async Task<IResult> Handle(
        Request request, HttpContext context, GatewayDb db, GatewayOptions options, Passwords passwords, Lockout lockout, SignIn signIn, TimeProvider clock, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        fields.Require(request.Email is { Length: >= 1 and <= AccountFields.MaxEmail } && !request.Email.Contains('\0'), "email", "Invalid email: email must be an e-mail address");
        var password = fields.Password("password", request.Password);

        if (fields.Refusal is { } refusal)
        {
            return refusal.ToProblem();
        }

        var (key, address) = (EmailAddress.Key(request.Email!), Lockout.AddressOf(context));

        if (await lockout.ShutAsync(key, address, cancellationToken) is { } shut)
        {
            return Lockout.Answer(context, shut);
        }

        var account = await db.Usable(options).AsNoTracking().FirstOrDefaultAsync(row => row.EmailKey == key, cancellationToken);
        var verdict = await passwords.VerifyAsync(account?.PasswordHash, password, cancellationToken);

        if (verdict == PasswordVerdict.Busy)
        {
            return AccountRefusals.BusyAnswer(context);
        }

        if (await lockout.SettleAsync(key, address, verdict != PasswordVerdict.Wrong, cancellationToken) is { } shutMeanwhile)
        {
            return Lockout.Answer(context, shutMeanwhile);
        }

        if (account is null || verdict == PasswordVerdict.Wrong)
        {
            return AccountRefusals.WrongCredentials.ToProblem();
        }

        var better = verdict == PasswordVerdict.RightButWeak ? await passwords.HashAsync(password, cancellationToken) : null;
        return await OpenAsync(account, better, context, db, signIn, clock, cancellationToken);
    }

    /// <summary>Under the lock of the account: a password that was changed, or an account that was disabled since the look, lets nobody in any more.</summary>
    private static async Task<IResult> OpenAsync(
        Account seen, string? betterHash, HttpContext context, GatewayDb db, SignIn signIn, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        if (await db.LockAccountAsync(seen.Id, cancellationToken) is not { } account || account.PasswordHash != seen.PasswordHash)
        {
            return AccountRefusals.WrongCredentials.ToProblem();
        }

        // Told only to whoever knows the password.
        if (account.DisabledAt is not null)
        {
            return AccountRefusals.Disabled.ToProblem();
        }

        if (betterHash is not null)
        {
            account.SetPassword(betterHash, clock.GetUtcNow());
        }

        var answer = signIn.Open(db, account);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(CancellationToken.None);
        return SignIn.Answer(context, answer);
    }
}
