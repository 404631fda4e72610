using Coworking.Hosting.Problems;

namespace Coworking.Gateway.ApiKeys;

/// <summary>Every "no" about keys.</summary>
internal static class ApiKeyRefusals
{
    internal static readonly Refusal NotFound = new(StatusCodes.Status404NotFound, "api_key.not_found", "API key not found");
    internal static readonly Refusal Exists = new(StatusCodes.Status409Conflict, "api_key.exists", "This key exists already, or existed and was revoked");

    internal static Refusal Invalid(Dictionary<string, string[]> errors) =>
        new(StatusCodes.Status400BadRequest, ProblemShape.InvalidRequest, errors.First().Value[0]) { Errors = errors };
}
