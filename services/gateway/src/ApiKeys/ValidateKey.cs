using Coworking.Gateway.Access;
using Microsoft.Extensions.Primitives;

namespace Coworking.Gateway.ApiKeys;

/// <summary>POST /auth/validate. What an API key may do, for a client that was given one: from the body as key, else from the header x-api-key.</summary>
internal static class ValidateKey
{
    internal sealed record Request(string? Key);

    internal sealed record Answer(bool Valid, string Role, IReadOnlyList<string> Scopes);

    internal static async Task<IResult> Handle(Request? request, HttpContext context, Visitors visitors, CancellationToken cancellationToken)
    {
        // An administrator's own key is on each of his requests; what he asks about stands in the body.
        var credential = request?.Key is { } key ? new Credential(CredentialKind.Key, new StringValues(key))
            : context.Features.Get<Presented>()?.Credential is { Kind: CredentialKind.Key } inHeader ? inHeader
            : default;
        context.Response.Headers.CacheControl = "no-store";
        return credential.Kind == CredentialKind.None ? AccessRefusals.MissingKey.ToProblem()
            : await visitors.AskAsync(credential, cancellationToken) is { Caller: var caller } ? TypedResults.Ok(new Answer(true, caller.Role, caller.Scopes))
            : AccessRefusals.InvalidKey.ToProblem();
    }
}
