using Npgsql;

namespace Coworking.IotIngest.Devices;

/// <summary>A registered device as it is answered.</summary>
internal record DeviceRow(
    Guid Id, string SerialNumber, Guid SpaceId, Guid? LocationId, string? FirmwareVersion, bool Online, DateTimeOffset? LastSeenAt, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    public const string Select = """
        select d.id, d.serial_number, d.space_id, s.location_id, d.firmware_version, d.online, d.last_seen_at, d.created_at, d.updated_at
        from devices d left join spaces s on s.id = d.space_id
        """;

    public static DeviceRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.GetString(1),
        reader.GetGuid(2),
        reader.IsDBNull(3) ? null : reader.GetGuid(3),
        reader.IsDBNull(4) ? null : reader.GetString(4),
        reader.GetBoolean(5),
        reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6),
        reader.GetFieldValue<DateTimeOffset>(7),
        reader.GetFieldValue<DateTimeOffset>(8));

    public static async Task<DeviceRow?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"{Select} where d.id = $1", connection);
        command.Parameters.Add(new() { Value = id });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }
}

/// <summary>The answer to a registration and to a rotation: the only time that the secrets are shown.</summary>
internal sealed record DeviceWithSecrets(DeviceRow Device, string ApiKey, MqttAccount Mqtt)
    : DeviceRow(Device);

/// <summary>How a device signs in at the broker. Its client id is bound to the account: nobody pushes it out, and it nobody else.</summary>
internal sealed record MqttAccount(string Username, string Password, string ClientId);
