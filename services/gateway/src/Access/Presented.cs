namespace Coworking.Gateway.Access;

/// <summary>What a request brought as proof to a route that is open but cares who comes; the route looks itself whether it is any good.</summary>
internal sealed record Presented(Credential Credential)
{
    internal static bool Has(HttpContext context, CredentialKind kind) => context.Features.Get<Presented>()?.Credential.Kind == kind;
}
