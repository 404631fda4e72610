using Coworking.IotIngest.Devices;
using Npgsql;

namespace Coworking.IotIngest.Demo;

/// <summary>The demo's registered device, in the pantry. Its key is known to everybody; its account at the broker is made by whichever replica keeps those.</summary>
internal static class ColdStore
{
    public const string Serial = "COLD-0001";

    // Never in Production, as all of the demo.
    private const string ApiKey = "demo-device-key-789";

    public static async Task RegisterAsync(NpgsqlDataSource database, Guid pantry, DateTimeOffset now)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var exists = new NpgsqlCommand("select exists(select from devices where serial_number = $1)", connection);
        exists.Parameters.Add(new() { Value = Serial });

        if ((bool)(await exists.ExecuteScalarAsync())!)
        {
            return;
        }

        var secrets = DeviceSecrets.Create() with { ApiKey = ApiKey, KeyHash = DeviceSecrets.Hash(ApiKey) };
        await RegisterDevice.InsertAsync(connection, Guid.CreateVersion7(now), new RegisterDevice.Request(Serial, pantry, "1.0.0"), secrets, now, CancellationToken.None);
        await transaction.CommitAsync();
    }
}
