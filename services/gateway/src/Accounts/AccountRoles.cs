using Coworking.Hosting.Identity;

namespace Coworking.Gateway.Accounts;

/// <summary>What an account may be. USER is for keys.</summary>
internal static class AccountRoles
{
    internal static readonly string[] All = [Roles.Admin, Roles.Reception, Roles.Specialist, Roles.Technician, Roles.Customer];
}
