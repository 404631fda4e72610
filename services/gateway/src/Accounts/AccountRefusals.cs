using Coworking.Hosting.Problems;

namespace Coworking.Gateway.Accounts;

/// <summary>Every "no" about accounts.</summary>
internal static class AccountRefusals
{
    internal static readonly Refusal Exists = new(StatusCodes.Status409Conflict, "account.exists", "An account with this e-mail exists already");
    internal static readonly Refusal NotFound = new(StatusCodes.Status404NotFound, "account.not_found", "Account not found");
    internal static readonly Refusal WrongCredentials = new(StatusCodes.Status401Unauthorized, "auth.wrong_credentials", "Wrong e-mail or password");
    internal static readonly Refusal Disabled = new(StatusCodes.Status403Forbidden, "account.disabled", "This account is disabled");
    internal static readonly Refusal Locked = new(StatusCodes.Status429TooManyRequests, "auth.locked", "Too many failed attempts; try again later");
    internal static readonly Refusal Busy = new(StatusCodes.Status503ServiceUnavailable, "auth.busy", "Too many people are signing in right now; try again in a moment");
    internal static readonly Refusal InvalidToken = new(StatusCodes.Status400BadRequest, "account.invalid_token", "This link has been used, has expired or was never given");
    internal static readonly Refusal WrongPassword = new(StatusCodes.Status403Forbidden, "account.wrong_password", "currentPassword is not the password of this account");
    internal static readonly Refusal NoPassword = new(StatusCodes.Status409Conflict, "account.no_password", "This account has no e-mail and so no password; it signs in by Telegram");
    internal static readonly Refusal LastAdmin = new(StatusCodes.Status409Conflict, "account.last_admin", "This is the last ADMIN account that can sign in; make another one first");
    internal static readonly Refusal EmailNotVerified = new(StatusCodes.Status409Conflict, "account.email_not_verified", "The e-mail of this account is not verified; only then can it get another role than CUSTOMER or be linked with Telegram");

    internal static IResult BusyAnswer(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "2";
        return Busy.ToProblem();
    }
}
