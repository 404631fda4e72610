namespace Coworking.Gateway.Sessions;

/// <summary>GET /.well-known/jwks.json (RFC 7517): by these keys anybody may check an access token.</summary>
internal static class PublishKeys
{
    internal sealed record KeySet(IReadOnlyList<SigningKeys.PublicKey> Keys);

    internal static IResult Handle(HttpContext context, SigningKeys keys)
    {
        // Shorter than anybody waits between publishing a key and signing by it.
        context.Response.Headers.CacheControl = "public, max-age=300";
        return TypedResults.Ok(new KeySet(keys.Public));
    }
}
