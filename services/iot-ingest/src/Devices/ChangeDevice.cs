using System.ComponentModel.DataAnnotations;
using Coworking.Hosting.Http;
using Coworking.Hosting.Json;
using Coworking.Hosting.Problems;
using Coworking.IotIngest.Spaces;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.IotIngest.Devices;

/// <summary>PATCH /devices/:id: a move takes its rights at the broker along; what it measured stays where it was measured.</summary>
internal static class ChangeDevice
{
    internal sealed record Request(Optional<Guid?> SpaceId, [property: StringLength(DeviceFields.MaxFirmware, MinimumLength = 1)] Optional<string?> FirmwareVersion);

    internal static async Task<Results<Ok<DeviceRow>, ProblemHttpResult>> Handle(
        RouteId id, Request request, NpgsqlDataSource database, BrokerAccounts broker, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (Refuse(request) is { } refusal)
        {
            return refusal.ToProblem();
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await DeviceChange.BeginAsync(connection, cancellationToken);

        if (await DeviceRow.FindAsync(connection, id, cancellationToken) is not { } before)
        {
            return DeviceRefusals.NotFound.ToProblem();
        }

        var spaceId = request.SpaceId.Or(before.SpaceId)!.Value;
        var locationId = await DeviceChange.LocationAsync(connection, spaceId, cancellationToken);

        // A device whose space has gone may keep it, and be given another firmware.
        if (locationId is null && spaceId != before.SpaceId)
        {
            return SpaceRefusals.NotFound.ToProblem();
        }

        await UpdateAsync(connection, id, spaceId, request.FirmwareVersion.Or(before.FirmwareVersion), clock.GetUtcNow(), cancellationToken);
        var device = (await DeviceRow.FindAsync(connection, id, cancellationToken))!;

        if (locationId is { } location && spaceId != before.SpaceId)
        {
            await broker.ChangeRoleAsync(BrokerRole.OfDevice(id, location, spaceId), cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return TypedResults.Ok(device);
    }

    private static async Task UpdateAsync(NpgsqlConnection connection, Guid id, Guid spaceId, string? firmware, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("update devices set space_id = $2, firmware_version = $3, updated_at = $4 where id = $1", connection);
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = spaceId });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = firmware });
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        await command.ExecuteNonQueryAsync(cancellationToken);
        await DeviceChange.TellReplicasAsync(connection, cancellationToken);
    }

    private static Refusal? Refuse(Request request)
    {
        var errors = new Dictionary<string, string[]>();

        if (request is { SpaceId.IsGiven: false, FirmwareVersion.IsGiven: false })
        {
            errors["spaceId"] = ["Give spaceId or firmwareVersion"];
        }

        if (request.SpaceId is { IsGiven: true, Value: null })
        {
            errors["spaceId"] = ["spaceId must be a valid UUID"];
        }

        DeviceFields.Firmware(request.FirmwareVersion.Value, errors);
        return DeviceFields.Refuse(errors);
    }
}
