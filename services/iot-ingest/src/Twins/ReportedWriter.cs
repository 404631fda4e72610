using Coworking.Contracts;
using Coworking.IotIngest.Live;
using Npgsql;

namespace Coworking.IotIngest.Twins;

/// <summary>
/// Keeps what a device says of itself. What is older than what is held goes into the history only, and a copy nowhere. Of two that differ and carry the same
/// time the one that came later counts: devices count in seconds, and answer twice within one when they are asked twice.
/// </summary>
internal static class ReportedWriter
{
    public static async Task WriteAsync(NpgsqlConnection connection, ReportedState state, Effects effects, CancellationToken cancellationToken)
    {
        var before = await Twin.LockAsync(connection, state.Space.Id, cancellationToken);
        var reported = new TwinReported(state.SamplingIntervalSec, state.Co2AlertThreshold, state.FirmwareVersion, state.At);
        var isNewest = before.Reported is null || before.Reported.ReportedAt <= state.At;

        if (!await TwinHistory.AddAsync(connection, before.SpaceId, isNewest ? before.ReportedVersion + 1 : null, reported, effects.Now, cancellationToken) || !isNewest)
        {
            return;
        }

        var twin = before.Report(reported, effects.Now);
        await UpdateAsync(connection, twin, reported, cancellationToken);
        var id = Guid.CreateVersion7(effects.Now);
        effects.Say(id, twin.Changed(id, effects.Now));
        effects.Show("twin_update", twin.SpaceId, twin.LocationId, new TwinUpdate(twin.SpaceId, "reported", reported, reported.ReportedAt));
        await TwinStatus.SettleAsync(connection, before, twin, effects, cancellationToken);
    }

    private static async Task UpdateAsync(NpgsqlConnection connection, Twin twin, TwinReported reported, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            update twins set reported_sampling_sec = $2, reported_co2_threshold = $3, reported_firmware = $4, reported_at = $5, reported_version = $6, version = $7,
                status = $8, status_since = $9
            where space_id = $1
            """, connection);
        command.Parameters.Add(new() { Value = twin.SpaceId });
        command.Parameters.Add(new NpgsqlParameter<int?> { TypedValue = reported.SamplingIntervalSec });
        command.Parameters.Add(new NpgsqlParameter<int?> { TypedValue = reported.Co2AlertThreshold });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = reported.FirmwareVersion });
        command.Parameters.Add(new() { Value = reported.ReportedAt.UtcDateTime });
        command.Parameters.Add(new() { Value = twin.ReportedVersion });
        command.Parameters.Add(new() { Value = twin.Version });
        command.Parameters.Add(new() { Value = twin.Status });
        command.Parameters.Add(new NpgsqlParameter<DateTime?> { TypedValue = twin.StatusSince?.UtcDateTime });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
