using System.ComponentModel.DataAnnotations;
using Coworking.Gateway.Accounts.Mails;
using Coworking.Gateway.Database;
using Coworking.Gateway.Http;
using Coworking.Hosting.Http;
using Coworking.Hosting.OpenApi;

namespace Coworking.Gateway.Accounts;

/// <summary>POST /auth/forgot-password and /auth/resend-verification. The same answer after the same work for every address, whether or not an account has it.</summary>
internal static class WishMail
{
    internal sealed record Request([property: Required, Format("email"), StringLength(AccountFields.MaxEmail)] string? Email);

    internal sealed record Answer(string Message);

    internal static Task<IResult> Reset(Request request, GatewayDb db, TimeProvider clock, CancellationToken cancellationToken) =>
        WishAsync(AccountMailKinds.ResetPassword, request, db, clock, cancellationToken);

    internal static Task<IResult> Verification(Request request, GatewayDb db, TimeProvider clock, CancellationToken cancellationToken) =>
        WishAsync(AccountMailKinds.VerifyEmail, request, db, clock, cancellationToken);

    private static async Task<IResult> WishAsync(string kind, Request request, GatewayDb db, TimeProvider clock, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var email = fields.Email(request.Email);

        if (fields.Refusal is { } refusal)
        {
            return refusal.ToProblem();
        }

        await db.WishAsync(kind, EmailAddress.Key(email), clock.GetUtcNow(), cancellationToken);
        return TypedResults.Json(new Answer("If an account has this address and needs it, a mail is on its way"), statusCode: StatusCodes.Status202Accepted);
    }
}
