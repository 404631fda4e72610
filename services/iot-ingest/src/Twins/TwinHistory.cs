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

    /// <summary>Keeps what was asked, under the twin's lock.</summary>
    public static async Task AddAsync(NpgsqlConnection connection, Twin twin, string by, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "insert into twin_history (space_id, kind, version, payload, at, by, received_at) values ($1, 'desired', $2, $3, $4, $5, $4) on conflict do nothing", connection);
        command.Parameters.Add(new() { Value = twin.SpaceId });
        command.Parameters.Add(new() { Value = twin.DesiredVersion });
        command.Parameters.Add(new() { Value = JsonSerializer.Serialize(twin.Desired!, JsonSetup.Wire), NpgsqlDbType = NpgsqlDbType.Jsonb });
        command.Parameters.Add(new() { Value = twin.DesiredAt!.Value.UtcDateTime });
        command.Parameters.Add(new() { Value = by });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Those of these reports that are kept already, under the locks of their twins.</summary>
    public static async Task<HashSet<(Guid SpaceId, TwinReported Reported)>> KnownAsync(
        NpgsqlConnection connection, List<ReportedState> states, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select u.n from unnest($1::uuid[], $2::timestamptz[], $3::jsonb[]) with ordinality as u (space_id, at, payload, n)
            where exists (select from twin_history h where h.kind = 'reported' and h.space_id = u.space_id and h.at = u.at and h.payload = u.payload)
            """, connection);
        command.Parameters.Add(new() { Value = states.ConvertAll(state => state.Space.Id) });
        command.Parameters.Add(new() { Value = states.ConvertAll(state => state.At.UtcDateTime) });
        command.Parameters.Add(Payloads(states.Select(state => state.Reported)));
        var known = new HashSet<(Guid, TwinReported)>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            var state = states[(int)reader.GetInt64(0) - 1];
            known.Add((state.Space.Id, state.Reported));
        }

        return known;
    }

    /// <param name="said">What is not kept yet; no version where it came after a newer one.</param>
    /// <param name="now">When it came.</param>
    public static NpgsqlBatchCommand Command(List<(Guid SpaceId, long? Version, TwinReported Reported)> said, DateTimeOffset now)
    {
        var command = new NpgsqlBatchCommand("""
            insert into twin_history (space_id, kind, version, payload, at, received_at)
            select u.space_id, 'reported', u.version, u.payload, u.at, $5 from unnest($1::uuid[], $2::bigint[], $3::jsonb[], $4::timestamptz[]) with ordinality
                as u (space_id, version, payload, at, n)
            order by u.n on conflict do nothing
            """);
        command.Parameters.Add(new() { Value = said.ConvertAll(one => one.SpaceId) });
        command.Parameters.Add(new NpgsqlParameter<List<long?>> { TypedValue = said.ConvertAll(one => one.Version) });
        command.Parameters.Add(Payloads(said.Select(one => one.Reported)));
        command.Parameters.Add(new() { Value = said.ConvertAll(one => one.Reported.ReportedAt.UtcDateTime) });
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        return command;
    }

    private static NpgsqlParameter Payloads(IEnumerable<TwinReported> reported) => new()
    {
        Value = reported.Select(one => JsonSerializer.Serialize(new Report(one.SamplingIntervalSec, one.Co2AlertThreshold, one.FirmwareVersion), JsonSetup.Wire)).ToArray(),
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb,
    };
}
