using Coworking.Contracts;
using Npgsql;

namespace Coworking.IotIngest.Twins;

/// <summary>The digital twin of a space: what its device should do, and what it says it does.</summary>
internal sealed record Twin(
    Guid Id,
    Guid SpaceId,
    Guid LocationId,
    TwinDesired? Desired,
    long DesiredVersion,
    DateTimeOffset? DesiredAt,
    TwinReported? Reported,
    long ReportedVersion,
    long Version,
    long PublishedVersion,
    string Status,
    DateTimeOffset? StatusSince)
{
    public const string Columns = """
        t.id, t.space_id, s.location_id, t.desired_sampling_sec, t.desired_co2_threshold, t.desired_version, t.desired_at,
        t.reported_sampling_sec, t.reported_co2_threshold, t.reported_firmware, t.reported_at, t.reported_version, t.version, t.published_version, t.status, t.status_since
        """;

    /// <summary>What differs, by field.</summary>
    public Dictionary<string, TwinDifference> Delta => TwinDifference.Between(Desired, Reported);

    public static Twin Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.GetGuid(1),
        reader.GetGuid(2),
        reader.IsDBNull(3) ? null : new TwinDesired(reader.GetInt32(3), reader.GetInt32(4)),
        reader.GetInt64(5),
        reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6),
        reader.IsDBNull(10)
            ? null
            : new TwinReported(
                reader.IsDBNull(7) ? null : reader.GetInt32(7),
                reader.IsDBNull(8) ? null : reader.GetInt32(8),
                reader.IsDBNull(9) ? null : reader.GetString(9),
                reader.GetFieldValue<DateTimeOffset>(10)),
        reader.GetInt64(11),
        reader.GetInt64(12),
        reader.GetInt64(13),
        reader.GetString(14),
        reader.IsDBNull(15) ? null : reader.GetFieldValue<DateTimeOffset>(15));

    public Twin Desire(TwinDesired desired, DateTimeOffset now) =>
        (this with { Desired = desired, DesiredVersion = DesiredVersion + 1, DesiredAt = now, Version = Version + 1 }).Compared(now);

    public Twin Report(TwinReported reported, DateTimeOffset now) =>
        (this with { Reported = reported, ReportedVersion = ReportedVersion + 1, Version = Version + 1 }).Compared(now);

    public TwinChanged Changed(Guid messageId, DateTimeOffset now) =>
        new(messageId, now, Version, SpaceId, LocationId, Desired, DesiredVersion, Reported, ReportedVersion);

    /// <summary>A twin that has diverged stays so until its halves are equal, whatever is asked meanwhile: one divergence, said once.</summary>
    private Twin Compared(DateTimeOffset now)
    {
        var status = Delta.Count == 0 ? TwinStatus.Sync : Status == TwinStatus.Diverged ? TwinStatus.Diverged : TwinStatus.Pending;
        return this with { Status = status, StatusSince = Desired is null ? null : status == Status && StatusSince is not null ? StatusSince : now };
    }

    /// <summary>The twin of a known space, or null where nobody has asked it for anything and it has said nothing. Locks the row where asked to.</summary>
    public static async Task<Twin?> FindAsync(NpgsqlConnection connection, Guid spaceId, bool forUpdate, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select {Columns} from twins t join spaces s on s.id = t.space_id where t.space_id = $1{(forUpdate ? " for update of t" : "")}", connection);
        command.Parameters.Add(new() { Value = spaceId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    public static async Task<Twin> LockAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken) =>
        (await LockAsync(connection, [spaceId], cancellationToken))[spaceId];

    /// <summary>
    /// The twins of these spaces, made where there are none, locked after the states of their spaces and in the order of their keys: the order of the hot path
    /// and of whoever opens alerts.
    /// </summary>
    public static async Task<Dictionary<Guid, Twin>> LockAsync(NpgsqlConnection connection, Guid[] spaceIds, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        Add("select 1 from space_states st join spaces s on s.key = st.space_key where s.id = any($1) order by s.key for update of st");
        Add("insert into twins (space_id, id) select s.id, u.id from unnest($1::uuid[], $2::uuid[]) as u (space_id, id) join spaces s on s.id = u.space_id order by s.key on conflict do nothing");
        Add($"select {Columns} from twins t join spaces s on s.id = t.space_id where t.space_id = any($1) order by s.key for update of t");
        batch.BatchCommands[1].Parameters.Add(new() { Value = Array.ConvertAll(spaceIds, _ => Guid.CreateVersion7()) });
        var twins = new Dictionary<Guid, Twin>(spaceIds.Length);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        // The insert gives no result of its own.
        await reader.NextResultAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            var twin = Read(reader);
            twins.Add(twin.SpaceId, twin);
        }

        return twins;

        void Add(string sql) => batch.BatchCommands.Add(new NpgsqlBatchCommand(sql) { Parameters = { new() { Value = spaceIds } } });
    }
}

/// <summary>The frame "twin_update" of the stream.</summary>
internal sealed record TwinUpdate(Guid SpaceId, string Kind, object Payload, DateTimeOffset Ts);
