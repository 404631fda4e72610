using System.Text.Json;
using System.Text.Json.Nodes;

namespace Coworking.IotIngest.Devices;

/// <summary>What the broker knows: accounts by name, roles with their rights, and what it does with those it does not know.</summary>
internal sealed record BrokerPicture(HashSet<string> Clients, Dictionary<string, BrokerRole> Roles, string AnonymousGroup, bool RefusesByDefault)
{
    // Some 700 bytes a role: an answer stays well below the largest packet.
    private const int PageSize = 500;

    public static async Task<BrokerPicture> TakeAsync(BrokerAccounts broker, CancellationToken cancellationToken)
    {
        var clients = await ListAsync(broker, "listClients", "clients", client => client.GetString()!, cancellationToken);
        var roles = await ListAsync(broker, "listRoles", "roles", ReadRole, cancellationToken);
        var anonymous = await broker.AskAsync(new JsonObject { ["command"] = "getAnonymousGroup" }, cancellationToken);
        var access = await broker.AskAsync(new JsonObject { ["command"] = "getDefaultACLAccess" }, cancellationToken);
        return new BrokerPicture(
            [.. clients],
            roles.ToDictionary(role => role.Name),
            anonymous.GetProperty("group").GetProperty("groupname").GetString() ?? "",
            access.GetProperty("acls").EnumerateArray().All(acl => !acl.GetProperty("allow").GetBoolean()));
    }

    private static async Task<List<T>> ListAsync<T>(BrokerAccounts broker, string command, string member, Func<JsonElement, T> read, CancellationToken cancellationToken)
    {
        var all = new List<T>();

        while (true)
        {
            var page = await broker.AskAsync(
                new JsonObject { ["command"] = command, ["verbose"] = command == "listRoles", ["count"] = PageSize, ["offset"] = all.Count }, cancellationToken);
            all.AddRange(page.GetProperty(member).EnumerateArray().Select(read));

            if (all.Count >= page.GetProperty("totalCount").GetInt32() || page.GetProperty(member).GetArrayLength() == 0)
            {
                return all;
            }
        }
    }

    private static BrokerRole ReadRole(JsonElement role) => new(
        role.GetProperty("rolename").GetString()!,
        [.. role.GetProperty("acls").EnumerateArray()
            .Where(acl => acl.GetProperty("allow").GetBoolean())
            .Select(acl => new BrokerRight(acl.GetProperty("acltype").GetString()!, acl.GetProperty("topic").GetString()!))]);
}
