using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;

namespace Coworking.IotIngest.Devices;

/// <summary>The accounts of devices at the broker: made, moved, given another password, ended. Each step may be done twice.</summary>
internal sealed class BrokerAccounts(BrokerControl control, IOptions<IotIngestOptions> options)
{
    /// <summary>Makes account and role anew; what is there under this name goes.</summary>
    public async Task<MqttAccount> ProvisionAsync(Guid device, BrokerRole role, byte[] salt, CancellationToken cancellationToken)
    {
        var account = AccountOf(device, salt);
        await DoAsync([.. Revocation(account.Username), .. Provision(account, role)], cancellationToken);
        return account;
    }

    /// <summary>Takes effect at once; a connection stays, and what it may not any more is refused.</summary>
    public Task ChangeRoleAsync(BrokerRole role, CancellationToken cancellationToken) => DoAsync([role.Command("modifyRole")], cancellationToken);

    /// <summary>Ends the old password, and the connection that was made with it.</summary>
    public async Task<MqttAccount> ChangePasswordAsync(Guid device, byte[] salt, CancellationToken cancellationToken)
    {
        var account = AccountOf(device, salt);
        await DoAsync(
            [new JsonObject { ["command"] = "setClientPassword", ["username"] = account.Username, ["password"] = account.Password }], cancellationToken);
        return account;
    }

    /// <summary>Ends the account and cuts its connection.</summary>
    public Task RevokeAsync(Guid device, CancellationToken cancellationToken) => DoAsync(Revocation(BrokerRole.NameOf(device)), cancellationToken);

    public MqttAccount AccountOf(Guid device, byte[] salt)
    {
        var name = BrokerRole.NameOf(device);
        return new MqttAccount(name, DeviceSecrets.MqttPassword(options.Value.Mqtt.Password ?? "", device, salt), name);
    }

    public static JsonObject[] Provision(MqttAccount account, BrokerRole role) =>
    [
        role.Command("createRole"),
        new JsonObject
        {
            ["command"] = "createClient",
            ["username"] = account.Username,
            ["password"] = account.Password,
            ["clientid"] = account.ClientId,
            ["roles"] = new JsonArray(new JsonObject { ["rolename"] = role.Name }),
        },
    ];

    /// <summary>The account first: a role that is deleted leaves the accounts that have it.</summary>
    public static JsonObject[] Revocation(string name) =>
    [
        new JsonObject { ["command"] = "deleteClient", ["username"] = name },
        new JsonObject { ["command"] = "deleteRole", ["rolename"] = name },
    ];

    /// <exception cref="BrokerAwayException">It did not answer, or refused for another reason than that there is nothing to end.</exception>
    public async Task DoAsync(IReadOnlyList<JsonObject> commands, CancellationToken cancellationToken)
    {
        foreach (var answer in await control.SendAsync(commands, cancellationToken))
        {
            if (answer.TryGetProperty("error", out var error) && error.GetString() is not ("Client not found" or "Role not found" or "Group already exists"))
            {
                throw new BrokerAwayException($"the broker refused {answer.GetProperty("command").GetString()}: {error.GetString()}");
            }
        }
    }

    /// <summary>The answer to one question.</summary>
    public async Task<JsonElement> AskAsync(JsonObject question, CancellationToken cancellationToken)
    {
        var answer = (await control.SendAsync([question], cancellationToken))[0];
        return answer.TryGetProperty("data", out var data) ? data : throw new BrokerAwayException($"the broker refused a question: {answer.GetRawText()}");
    }
}
