using System.Text.Json;
using Coworking.Contracts;
using Coworking.Hosting.Json;
using Npgsql;
using NpgsqlTypes;

namespace Coworking.IotIngest.Twins;

/// <summary>What was asked of a device and what it said, as it came.</summary>
internal static class TwinHistory
{
    /// <summary>As long as windows: a year and a month. What is in force stays, however old.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(400);

    /// <summary>Lets go of what is older than $1.</summary>
    public const string Forget = """
        delete from twin_history h using twins t
        where t.space_id = h.space_id and h.received_at < now() - $1 and h.version is distinct from case h.kind when 'desired' then t.desired_version else t.reported_version end
        """;

    private sealed record Report(int? SamplingIntervalSec, int? Co2AlertThreshold, string? FirmwareVersion);

    public static Task AddAsync(NpgsqlConnection connection, Twin twin, string by, CancellationToken cancellationToken) =>
        AddAsync(connection, twin.SpaceId, "desired", twin.DesiredVersion, twin.Desired!, twin.DesiredAt!.Value, by, twin.DesiredAt.Value, cancellationToken);

    /// <param name="connection">With the caller's transaction, under the twin's lock.</param>
    /// <param name="spaceId">Whose device.</param>
    /// <param name="version">Null where it came after a newer one.</param>
    /// <param name="reported">What it said.</param>
    /// <param name="now">When it came.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False for a copy of what is kept already.</returns>
    public static Task<bool> AddAsync(
        NpgsqlConnection connection, Guid spaceId, long? version, TwinReported reported, DateTimeOffset now, CancellationToken cancellationToken) =>
        AddAsync(
            connection, spaceId, "reported", version, new Report(reported.SamplingIntervalSec, reported.Co2AlertThreshold, reported.FirmwareVersion), reported.ReportedAt, null, now,
            cancellationToken);

    private static async Task<bool> AddAsync(
        NpgsqlConnection connection, Guid spaceId, string kind, long? version, object payload, DateTimeOffset at, string? by, DateTimeOffset receivedAt, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "insert into twin_history (space_id, kind, version, payload, at, by, received_at) values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing", connection);
        command.Parameters.Add(new() { Value = spaceId });
        command.Parameters.Add(new() { Value = kind });
        command.Parameters.Add(new NpgsqlParameter<long?> { TypedValue = version });
        command.Parameters.Add(new() { Value = JsonSerializer.Serialize(payload, payload.GetType(), JsonSetup.Wire), NpgsqlDbType = NpgsqlDbType.Jsonb });
        command.Parameters.Add(new() { Value = at.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = by });
        command.Parameters.Add(new() { Value = receivedAt.UtcDateTime });
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }
}
