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

/// <summary>POST /auth/register. Everybody begins as CUSTOMER and is signed in at once; until the mailed link was followed, no booking is shown.</summary>
internal static class RegisterAccount
{
    internal sealed record Request([property: Required, Format("email"), StringLength(AccountFields.MaxEmail)] string? Email, [property: Required, StringLength(Passwords.MaxLength, MinimumLength = Passwords.MinLength)] string? Password, [property: Required, StringLength(AccountFields.MaxName, MinimumLength = 1)] string? FirstName, [property: Required, StringLength(AccountFields.MaxName, MinimumLength = 1)] string? LastName, [property: StringLength(AccountFields.MaxPhone)] string? PhoneNumber, string? Role);

    internal static async Task<IResult> Handle(
        Request request, HttpContext context, GatewayDb db, Passwords passwords, SignIn signIn, TimeProvider clock, ILogger<Account> log, CancellationToken cancellationToken)
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

        await db.WishAsync(AccountMailKinds.VerifyEmail, EmailAddress.Key(email), account.CreatedAt, cancellationToken);
        await transaction.CommitAsync(CancellationToken.None);
        GatewayLog.AccountRegistered(log, account.Id);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(answer, statusCode: StatusCodes.Status201Created);
    }
}
