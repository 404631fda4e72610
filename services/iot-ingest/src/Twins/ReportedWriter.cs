using Coworking.IotIngest.Live;
using Npgsql;

namespace Coworking.IotIngest.Twins;

/// <summary>Keeps what a device says of itself; what is older than what is held, or the same, changes nothing.</summary>
internal static class ReportedWriter
{
    public static async Task WriteAsync(NpgsqlConnection connection, ReportedState reported, Effects effects, CancellationToken cancellationToken)
    {
        var space = reported.Space.Id;
        await Twin.EnsureAsync(connection, space, cancellationToken);
        await using var command = new NpgsqlCommand("""
            update twins set reported_sampling_sec = $2, reported_co2_threshold = $3, reported_firmware = $4, reported_at = $5,
                reported_version = reported_version + 1, version = version + 1
            where space_id = $1 and (reported_at is null or reported_at < $5)
            """, connection);
        command.Parameters.Add(new() { Value = space });
        command.Parameters.Add(new NpgsqlParameter<int?> { TypedValue = reported.SamplingIntervalSec });
        command.Parameters.Add(new NpgsqlParameter<int?> { TypedValue = reported.Co2AlertThreshold });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = reported.FirmwareVersion });
        command.Parameters.Add(new() { Value = reported.At.UtcDateTime });

        if (await command.ExecuteNonQueryAsync(cancellationToken) == 0
            || await Twin.FindAsync(connection, space, forUpdate: false, cancellationToken) is not { Reported: { } state } twin)
        {
            return;
        }

        var id = Guid.CreateVersion7(effects.Now);
        effects.Say(id, twin.Changed(id, effects.Now));
        effects.Show("twin_update", space, twin.LocationId, new TwinUpdate(space, "reported", state, reported.At));
    }
}
