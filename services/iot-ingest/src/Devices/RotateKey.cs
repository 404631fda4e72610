using Coworking.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Devices;

/// <summary>POST /devices/:id/rotate-key: a new key and a new MQTT password. The old ones end with the answer, and a connection made with them is cut.</summary>
internal static class RotateKey
{
    internal static async Task<Results<Ok<DeviceWithSecrets>, ProblemHttpResult>> Handle(
        RouteId id, NpgsqlDataSource database, BrokerAccounts broker, TimeProvider clock, CancellationToken cancellationToken)
    {
        var secrets = DeviceSecrets.Create();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await DeviceChange.BeginAsync(connection, cancellationToken);
        await using var command = new NpgsqlCommand("update devices set key_hash = $2, mqtt_salt = $3, updated_at = $4 where id = $1", connection);
        command.Parameters.Add(new() { Value = id.Value });
        command.Parameters.Add(new() { Value = secrets.KeyHash });
        command.Parameters.Add(new() { Value = secrets.Salt });
        command.Parameters.Add(new() { Value = clock.GetUtcNow().UtcDateTime });

        if (await command.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return DeviceRefusals.NotFound.ToProblem();
        }

        var device = (await DeviceRow.FindAsync(connection, id, cancellationToken))!;
        await DeviceChange.TellReplicasAsync(connection, cancellationToken);
        // A commit that fails after this leaves a device that cannot sign in at the broker: the caller, who got no secrets either, rotates again.
        var account = await broker.ChangePasswordAsync(id, secrets.Salt, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return TypedResults.Ok(new DeviceWithSecrets(device, secrets.ApiKey, account));
    }
}
