using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;

namespace Coworking.Reservations.Policies;

/// <summary>The addresses of policies.</summary>
internal static class PoliciesFeature
{
    internal static void MapPolicies(this IEndpointRouteBuilder api)
    {
        foreach (var (path, scope) in new[] { ("/locations/{id}/policy", PolicyScope.Location), ("/spaces/{id}/policy", PolicyScope.Space) })
        {
            var policy = api.MapGroup(path).WithTags("Policies").WithMetadata(scope);
            policy.MapGet("", GetPolicy.Handle).Described(PoliciesDescribed.Get(scope));
            policy.MapPut("", SetPolicy.Handle).Described(PoliciesDescribed.Set(scope)).AdminOnly();
        }
    }
}
