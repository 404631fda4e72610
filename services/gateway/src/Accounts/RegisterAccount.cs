using System.ComponentModel.DataAnnotations;
using Coworking.Gateway.Accounts.Mails;
using Coworking.Gateway.Database;
using Coworking.Gateway.Http;
using Coworking.Gateway.Sessions;
using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;
using Coworking.Hosting.Postgres;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Gateway.Accounts;

/// <summary>
/// POST /auth/register. Everybody begins as CUSTOMER and is signed in at once; until the mailed link was followed, no booking is shown, and whoever registers the address next takes it.
/// </summary>
internal static class RegisterAccount
{
    internal sealed record Request([property: Required, Format("email"), StringLength(AccountFields.MaxEmail)] string? Email, [property: Required, StringLength(Passwords.MaxLength, MinimumLength = Passwords.MinLength)] string? Password, [property: Required, StringLength(AccountFields.MaxName, MinimumLength = 1)] string? FirstName, [property: Required, StringLength(AccountFields.MaxName, MinimumLength = 1)] string? LastName, [property: StringLength(AccountFields.MaxPhone)] string? PhoneNumber, string? Role);

    internal static async Task<IResult> Handle(
        Request request, HttpContext context, GatewayDb db, Passwords passwords, SignIn signIn, AccessTokens tokens, TimeProvider clock, ILogger<Account> log, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var email = fields.Email(request.Email);
        var password = fields.NewPassword("password", request.Password);
        var (first, last) = (fields.Name("firstName", request.FirstName, AccountFields.MaxName), fields.Name("lastName", request.LastName, AccountFields.MaxName));
        var phone = fields.Phone(request.PhoneNumber);
        fields.Require(request.Role is null or Roles.Customer, "role", "role cannot be chosen: an account begins as CUSTOMER, and an ADMIN gives it another role");

        if (fields.Refusal is { } refusal)
        {
            return refusal.ToProblem();
        }

        // Before anybody looks whether the address is taken, so that a taken one costs whoever tries many the same work.
        if (await passwords.HashAsync(password, cancellationToken) is not { } hash)
        {
            return AccountRefusals.BusyAnswer(context);
        }

        var account = Account.Register(email, hash, first, last, phone, Roles.Customer, clock.GetUtcNow());
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var earlier = await db.LockAddressAsync(account.EmailKey!, cancellationToken);

        if (!await MakeWayAsync(earlier, account, db, cancellationToken))
        {
            return AccountRefusals.Exists.ToProblem();
        }

        db.Accounts.Add(account);
        var answer = signIn.Open(db, account);

        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.Violates(AccountTable.EmailOnce))
        {
            return AccountRefusals.Exists.ToProblem();
        }

        await transaction.CommitAsync(CancellationToken.None);

        if (earlier is not null)
        {
            tokens.ForgetAccount(earlier.Id);
        }

        GatewayLog.AccountRegistered(log, account.Id);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(answer, statusCode: StatusCodes.Status201Created);
    }

    /// <summary>
    /// Whether the address is free; its mail is wished for then. An earlier registration that nobody has confirmed goes with all that hangs on it: password, sessions, links and Telegram. Only where a mail may leave for the new one: a second
    /// registration within the minute is refused like that of a taken address, and nobody makes the newest link worthless once the day's mails are spent.
    /// </summary>
    private static async Task<bool> MakeWayAsync(Account? earlier, Account account, GatewayDb db, CancellationToken cancellationToken)
    {
        var (key, now) = (account.EmailKey!, account.CreatedAt);

        if (earlier is null)
        {
            // What was wished for while nobody had the address came to nothing, and must not keep its first mail back.
            await db.ForgetWishesAsync(AccountMailKinds.VerifyEmail, key, cancellationToken);
            await db.WishAsync(AccountMailKinds.VerifyEmail, key, now, cancellationToken);
            return true;
        }

        if (!earlier.IsUnclaimed || !await db.WishAnewAsync(AccountMailKinds.VerifyEmail, earlier.Id, key, now, cancellationToken))
        {
            return false;
        }

        db.Accounts.Remove(earlier);
        await db.SaveChangesAsync(cancellationToken);
        return true;
    }
}
