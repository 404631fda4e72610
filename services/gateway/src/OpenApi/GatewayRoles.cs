using Coworking.Gateway.Access;
using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;

namespace Coworking.Gateway.OpenApi;

/// <summary>Who may call a route of the gateway itself, as its gate says.</summary>
internal static class GatewayRoles
{
    internal static IReadOnlyList<string> Of(EndpointMetadataCollection metadata) => metadata.GetMetadata<RouteAccess>() switch
    {
        { IsPublic: true } => [EndpointRoles.Public],
        { IsForAdmins: true } => [Roles.Admin],
        { IsForAccounts: true } => [EndpointRoles.Account],
        _ => [EndpointRoles.Any],
    };
}
