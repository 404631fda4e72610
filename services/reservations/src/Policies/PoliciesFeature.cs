using Coworking.Hosting.Identity;

namespace Coworking.Reservations.Policies;

/// <summary>The addresses of policies.</summary>
internal static class PoliciesFeature
{
    internal static void MapPolicies(this IEndpointRouteBuilder api)
    {
        foreach (var (path, scope) in new[] { ("/locations/{id}/policy", PolicyScope.Location), ("/spaces/{id}/policy", PolicyScope.Space) })
        {
            var policy = api.MapGroup(path).WithTags("Policies").WithMetadata(scope);
            policy.MapGet("", GetPolicy.Handle);
            policy.MapPut("", SetPolicy.Handle).AdminOnly();
        }
    }
}
