using Microsoft.Extensions.Primitives;

namespace Coworking.Gateway.Access;

internal enum CredentialKind
{
    None,

    /// <summary>x-api-key, or ?key= of the stream.</summary>
    Key,

    /// <summary>Authorization: Bearer, the access token of an account.</summary>
    Token,

    /// <summary>?ticket= of the stream, for an account whose EventSource cannot send headers.</summary>
    Ticket,
}

/// <summary>What a request brings as proof. Of several the first counts: a key before a token, a header before the query.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Given">All that came under the name: two of a kind are none.</param>
internal readonly record struct Credential(CredentialKind Kind, StringValues Given)
{
    private const string Bearer = "Bearer ";

    /// <summary>The one text; null where none or several came. Of a token the whole header, for its beginning would cost a copy: see <see cref="Start"/>.</summary>
    internal string? Text => Given.Count == 1 ? Given[0] : null;

    /// <summary>Where in the text the proof itself begins.</summary>
    internal int Start => Kind == CredentialKind.Token ? Bearer.Length : 0;

    /// <summary>The request's proof, taken out of it: no service, log or trace behind the gate sees it.</summary>
    internal static Credential Take(HttpRequest request, RouteAccess access)
    {
        var inHeader = OfHeaders(request.Headers);

        if (!access.TakesKeyInQuery || !HttpMethods.IsGet(request.Method))
        {
            return inHeader;
        }

        var (keys, tickets) = KeyInQuery.Take(request);
        return inHeader.Kind != CredentialKind.None ? inHeader
            : keys.Count > 0 ? new Credential(CredentialKind.Key, keys)
            : tickets.Count > 0 ? new Credential(CredentialKind.Ticket, tickets)
            : default;
    }

    private static Credential OfHeaders(IHeaderDictionary headers)
    {
        headers.Remove(AccessGate.KeyHeader, out var keys);
        var authorization = headers.Authorization;
        headers.Authorization = default;
        return keys.Count > 0 ? new Credential(CredentialKind.Key, keys)
            : IsBearer(authorization) ? new Credential(CredentialKind.Token, authorization)
            : default;
    }

    private static bool IsBearer(StringValues authorization) => authorization.Count > 0 && authorization[0]?.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) == true;
}
