using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace Coworking.Hosting.Tests.OpenApi;

public sealed class EndpointRolesTests
{
    [Fact]
    public void An_endpoint_without_conditions_is_for_whoever_the_gateway_vouches_for() => Assert.Equal(["any"], Of());

    [Fact]
    public void An_endpoint_that_allows_anonymous_callers_is_public_whatever_its_group_demands() =>
        Assert.Equal(["public"], Of(new AuthorizeAttribute(GatewayIdentity.AdminPolicy), new AllowAnonymousAttribute()));

    [Fact]
    public void Policies_of_ours_are_told_as_roles()
    {
        Assert.Equal(["ADMIN"], Of(new AuthorizeAttribute(GatewayIdentity.AdminPolicy)));
        Assert.Equal(["ADMIN", "RECEPTION"], Of(new AuthorizeAttribute(GatewayIdentity.StaffPolicy)));
    }

    [Fact]
    public void Roles_that_an_endpoint_names_itself_are_told_and_several_conditions_leave_what_all_allow()
    {
        var policy = new AuthorizationPolicyBuilder().RequireRole(Roles.Technician, Roles.Admin).Build();

        Assert.Equal(["TECHNICIAN", "ADMIN"], Of(policy));
        Assert.Equal(["ADMIN"], Of(policy, new AuthorizeAttribute(GatewayIdentity.StaffPolicy)));
    }

    [Fact]
    public void A_policy_that_nobody_has_told_of_stops_the_document() =>
        Assert.Throws<InvalidOperationException>(() => Of(new AuthorizeAttribute("Mystery")));

    private static IReadOnlyList<string> Of(params object[] metadata) => EndpointRoles.Of(new EndpointMetadataCollection(metadata));
}
