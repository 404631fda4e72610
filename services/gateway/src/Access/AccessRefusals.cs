using Coworking.Hosting.Problems;

namespace Coworking.Gateway.Access;

/// <summary>Every "no" of the gate; clients match on the words.</summary>
internal static class AccessRefusals
{
    internal static readonly Refusal MissingKey = new(StatusCodes.Status401Unauthorized, "auth.missing", "Missing x-api-key header");
    internal static readonly Refusal InvalidKey = new(StatusCodes.Status401Unauthorized, "auth.invalid_key", "Invalid API key");
    internal static readonly Refusal InvalidToken = new(StatusCodes.Status401Unauthorized, "auth.invalid_token", "The access token is not valid or has expired");
    internal static readonly Refusal InvalidTicket = new(StatusCodes.Status401Unauthorized, "auth.invalid_ticket", "The ticket is not valid, has expired or was used before");
    internal static readonly Refusal MissingToken = new(StatusCodes.Status401Unauthorized, "auth.missing", "Missing Authorization header: this endpoint takes the access token of an account as Bearer");
    internal static readonly Refusal AccountOnly = new(StatusCodes.Status403Forbidden, "auth.account_only", "This endpoint is for signed-in accounts; an API key has none");
    internal static readonly Refusal AdminOnly = new(StatusCodes.Status403Forbidden, "auth.forbidden", "This endpoint requires admin access");
    internal static readonly Refusal OutOfScope = new(StatusCodes.Status403Forbidden, "auth.out_of_scope", "The scopes of this API key do not allow this request");

    internal static Refusal Of(CredentialKind kind, RouteAccess access) => kind switch
    {
        CredentialKind.Key => InvalidKey,
        CredentialKind.Token => InvalidToken,
        CredentialKind.Ticket => InvalidTicket,
        _ => access.IsForAccounts ? MissingToken : MissingKey,
    };
}
