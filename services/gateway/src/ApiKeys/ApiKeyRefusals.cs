using Coworking.Hosting.Problems;

namespace Coworking.Gateway.ApiKeys;

/// <summary>Every "no" about keys.</summary>
internal static class ApiKeyRefusals
{
    internal static readonly Refusal NotFound = new(StatusCodes.Status404NotFound, "api_key.not_found", "API key not found");
    internal static readonly Refusal Exists = new(StatusCodes.Status409Conflict, "api_key.exists", "This key exists already, or existed and was revoked");
    internal static readonly Refusal Expired = new(StatusCodes.Status409Conflict, "api_key.expired", "This key has expired: move its expiresAt first, or make another key");
    internal static readonly Refusal Demo = new(StatusCodes.Status409Conflict, "api_key.is_demo", "A demo key is published and has no secret to rotate; make a key of your own");
    internal static readonly Refusal LastAdmin = new(
        StatusCodes.Status409Conflict, "api_key.last_admin", "This is the last key that can make keys (role ADMIN, no scopes, not expired): make another one first");

    internal static Refusal Invalid(Dictionary<string, string[]> errors) =>
        new(StatusCodes.Status400BadRequest, ProblemShape.InvalidRequest, errors.First().Value[0]) { Errors = errors };
}
