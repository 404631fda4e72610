using System.ComponentModel.DataAnnotations;
using Coworking.Hosting.Problems;
using Coworking.IotIngest.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Devices;

/// <summary>POST /devices: a device gets its key and its account at the broker. Either both sides know it or neither.</summary>
internal static class RegisterDevice
{
    internal sealed record Request(
        [property: Required, RegularExpression(DeviceFields.SerialPattern), StringLength(DeviceFields.MaxSerial)] string? SerialNumber,
        [property: Required] Guid? SpaceId,
        [property: StringLength(DeviceFields.MaxFirmware, MinimumLength = 1)] string? FirmwareVersion);

    internal static async Task<Results<Created<DeviceWithSecrets>, ProblemHttpResult>> Handle(
        Request request, NpgsqlDataSource database, BrokerAccounts broker, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (Refuse(request) is { } refusal)
        {
            return refusal.ToProblem();
        }

        var now = clock.GetUtcNow();
        var (id, spaceId, secrets) = (Guid.CreateVersion7(now), request.SpaceId!.Value, DeviceSecrets.Create());
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await DeviceChange.BeginAsync(connection, cancellationToken);

        if (await DeviceChange.LocationAsync(connection, spaceId, cancellationToken) is not { } locationId)
        {
            return SpaceRefusals.NotFound.ToProblem();
        }

        try
        {
            await InsertAsync(connection, id, request, secrets, now, cancellationToken);
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "devices_serial_number_unique" })
        {
            return DeviceRefusals.SerialTaken(request.SerialNumber!).ToProblem();
        }

        // Before the commit: a broker that is away undoes the row. What it was told for a commit that fails, the keeper of the accounts takes back.
        var account = await broker.ProvisionAsync(id, BrokerRole.OfDevice(id, locationId, spaceId), secrets.Salt, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        var row = new DeviceRow(id, request.SerialNumber!, spaceId, locationId, request.FirmwareVersion, Online: false, LastSeenAt: null, now, now);
        return TypedResults.Created($"/api/v1/devices/{id}", new DeviceWithSecrets(row, secrets.ApiKey, account));
    }

    public static async Task InsertAsync(NpgsqlConnection connection, Guid id, Request request, DeviceSecrets secrets, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            insert into devices (id, serial_number, space_id, firmware_version, key_hash, mqtt_username, mqtt_salt, created_at, updated_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
            """, connection);
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = request.SerialNumber! });
        command.Parameters.Add(new() { Value = request.SpaceId!.Value });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = request.FirmwareVersion });
        command.Parameters.Add(new() { Value = secrets.KeyHash });
        command.Parameters.Add(new() { Value = BrokerRole.NameOf(id) });
        command.Parameters.Add(new() { Value = secrets.Salt });
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        await command.ExecuteNonQueryAsync(cancellationToken);
        await DeviceChange.TellReplicasAsync(connection, cancellationToken);
    }

    private static Refusal? Refuse(Request request)
    {
        var errors = new Dictionary<string, string[]>();
        DeviceFields.Serial(request.SerialNumber, errors);

        if (request.SpaceId is null)
        {
            errors["spaceId"] = ["spaceId must be a valid UUID"];
        }

        DeviceFields.Firmware(request.FirmwareVersion, errors);
        return DeviceFields.Refuse(errors);
    }
}
