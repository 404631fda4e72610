using Coworking.Hosting.Identity;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Infrastructure;
using Microsoft.AspNetCore.Http;

namespace Coworking.Hosting.OpenApi;

/// <summary>Who may call an endpoint, as its authorization says.</summary>
public static class EndpointRoles
{
    /// <summary>Nobody is asked who he is.</summary>
    public const string Public = "public";

    /// <summary>Whoever the gateway vouches for.</summary>
    public const string Any = "any";

    /// <summary>Whoever is signed in to an account; a key is none.</summary>
    public const string Account = "account";

    /// <summary>Roles in the order in which the endpoint names them; several conditions leave what all of them allow.</summary>
    public static IReadOnlyList<string> Of(EndpointMetadataCollection metadata)
    {
        if (metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            return [Public];
        }

        var conditions = metadata.GetOrderedMetadata<IAuthorizeData>().Select(OfPolicy)
            .Concat(metadata.GetOrderedMetadata<AuthorizationPolicy>().SelectMany(policy => policy.Requirements.OfType<RolesAuthorizationRequirement>())
                .Select(requirement => requirement.AllowedRoles.ToArray()))
            .OfType<string[]>()
            .ToList();
        return conditions.Count == 0 ? [Any] : conditions.Aggregate((left, right) => [.. left.Intersect(right)]);
    }

    private static string[]? OfPolicy(IAuthorizeData authorize) => authorize switch
    {
        { Policy: GatewayIdentity.AdminPolicy } => [Roles.Admin],
        { Policy: GatewayIdentity.StaffPolicy } => [Roles.Admin, Roles.Reception],
        { Policy: GatewayIdentity.HousePolicy } => [Roles.Admin, Roles.User, Roles.Reception, Roles.Specialist, Roles.Technician],
        { Policy: { } unknown } => throw new InvalidOperationException($"The document does not know the roles of the policy {unknown}"),
        { Roles: { } names } => names.Split(',', StringSplitOptions.TrimEntries),
        _ => null,
    };
}
