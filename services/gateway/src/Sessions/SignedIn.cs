using Coworking.Gateway.Access;

namespace Coworking.Gateway.Sessions;

/// <summary>The account and session of a request that came with a good access token. Binds as a parameter of a handler; null where it came otherwise.</summary>
/// <param name="AccountId">Who.</param>
/// <param name="SessionId">On which device.</param>
internal sealed record SignedIn(Guid AccountId, Guid SessionId)
{
    public static async ValueTask<SignedIn?> BindAsync(HttpContext context) =>
        (context.Features.Get<Visitor>() ?? await AskAsync(context)) is { SessionId: { } session } visitor ? new SignedIn(Guid.Parse(visitor.Caller.Subject), session) : null;

    // On a route that is open to all the gate asks nobody.
    private static ValueTask<Visitor?> AskAsync(HttpContext context) => context.Features.Get<Presented>()?.Credential is { Kind: CredentialKind.Token } credential
        ? context.RequestServices.GetRequiredService<Visitors>().AskAsync(credential, context.RequestAborted)
        : default;
}
