using Coworking.Contracts;
using Coworking.IotIngest.Live;
using Npgsql;
using NpgsqlTypes;

namespace Coworking.IotIngest.Twins;

/// <summary>
/// Keeps what devices say of themselves. What is older than what is held goes into the history only, and a copy nowhere. Of two that differ and carry the same
/// time the one that came later counts: devices count in seconds, and answer twice within one when they are asked twice. A fleet that comes back says thousands
/// of these at once: however many a batch holds, they cost the same number of statements.
/// </summary>
internal static class ReportedWriter
{
    /// <param name="connection">With the batch's transaction.</param>
    /// <param name="states">In key order of their spaces, those of one space in receive order.</param>
    /// <param name="end">Gets the writes.</param>
    /// <param name="effects">Gets the messages.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task WriteAsync(NpgsqlConnection connection, List<ReportedState> states, NpgsqlBatch end, Effects effects, CancellationToken cancellationToken)
    {
        if (states.Count == 0)
        {
            return;
        }

        var before = await Twin.LockAsync(connection, [.. states.Select(state => state.Space.Id).Distinct()], cancellationToken);
        var twins = new Dictionary<Guid, Twin>(before);
        var known = await TwinHistory.KnownAsync(connection, states, cancellationToken);
        var converged = new List<Twin>();
        var said = new List<(Guid SpaceId, long? Version, TwinReported Reported)>(states.Count);

        foreach (var state in states)
        {
            var (twin, reported) = (twins[state.Space.Id], state.Reported);

            if (!known.Add((twin.SpaceId, reported)))
            {
                continue;
            }

            var isNewest = twin.Reported is null || twin.Reported.ReportedAt <= reported.ReportedAt;
            said.Add((twin.SpaceId, isNewest ? twin.ReportedVersion + 1 : null, reported));

            if (isNewest)
            {
                var after = twins[twin.SpaceId] = Say(twin.Report(reported, effects.Now), effects);
                converged.AddRange(TwinStatus.HasConverged(twin, after) ? [after] : []);
            }
        }

        var changed = twins.Values.Where(twin => twin.Version != before[twin.SpaceId].Version).ToList();
        await TwinStatus.SettleAsync(connection, converged, effects, cancellationToken);

        if (said.Count > 0)
        {
            end.BatchCommands.Add(TwinHistory.Command(said, effects.Now));
        }

        if (changed.Count > 0)
        {
            end.BatchCommands.Add(Command(changed));
        }
    }

    private static Twin Say(Twin twin, Effects effects)
    {
        var id = Guid.CreateVersion7(effects.Now);
        effects.Say(id, twin.Changed(id, effects.Now));
        effects.Show("twin_update", twin.SpaceId, twin.LocationId, new TwinUpdate(twin.SpaceId, "reported", twin.Reported!, twin.Reported!.ReportedAt));
        return twin;
    }

    private static NpgsqlBatchCommand Command(List<Twin> twins)
    {
        var command = new NpgsqlBatchCommand("""
            update twins t set reported_sampling_sec = u.sampling, reported_co2_threshold = u.threshold, reported_firmware = u.firmware, reported_at = u.at,
                reported_version = u.reported_version, version = u.version, status = u.status, status_since = u.status_since
            from unnest($1::uuid[], $2::int[], $3::int[], $4::text[], $5::timestamptz[], $6::bigint[], $7::bigint[], $8::text[], $9::timestamptz[])
                as u (space_id, sampling, threshold, firmware, at, reported_version, version, status, status_since)
            where t.space_id = u.space_id
            """);
        command.Parameters.Add(new() { Value = twins.ConvertAll(twin => twin.SpaceId) });
        command.Parameters.Add(new NpgsqlParameter<List<int?>> { TypedValue = twins.ConvertAll(twin => twin.Reported!.SamplingIntervalSec) });
        command.Parameters.Add(new NpgsqlParameter<List<int?>> { TypedValue = twins.ConvertAll(twin => twin.Reported!.Co2AlertThreshold) });
        command.Parameters.Add(new NpgsqlParameter<List<string?>> { TypedValue = twins.ConvertAll(twin => twin.Reported!.FirmwareVersion) });
        command.Parameters.Add(new() { Value = twins.ConvertAll(twin => twin.Reported!.ReportedAt.UtcDateTime) });
        command.Parameters.Add(new() { Value = twins.ConvertAll(twin => twin.ReportedVersion) });
        command.Parameters.Add(new() { Value = twins.ConvertAll(twin => twin.Version) });
        command.Parameters.Add(new() { Value = twins.ConvertAll(twin => twin.Status) });
        command.Parameters.Add(new() { Value = twins.Select(twin => twin.StatusSince?.UtcDateTime).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        return command;
    }
}
