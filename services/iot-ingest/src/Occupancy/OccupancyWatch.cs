using Coworking.Hosting.Leases;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Live;
using Coworking.IotIngest.Spaces;
using Npgsql;

namespace Coworking.IotIngest.Occupancy;

/// <summary>
/// Takes back what was said of spaces from which no present count of people comes any more, by the server's clock, for silence has no device time; and repeats
/// what still stands where a booking waits for it.
/// </summary>
internal sealed class OccupancyWatch(NpgsqlDataSource database, LeaseStore leases, TimeProvider clock, ILogger<OccupancyWatch> log)
    : LeasedService("occupancy", leases, clock, log)
{
    // Their rows are locked together, and batches wait for them: few enough to take milliseconds.
    private const int Window = 200;

    // Evidence is the newest sample that was judged, by its device time; it must have come, and be, within what may lie between two samples. A reading
    // ahead of that holds up the clock of its space, and then nothing is known either.
    public const string IsLost = """
        o.state <> 'unknown' and not (
            coalesce(st.seen_at, '-infinity') >= $1::timestamptz - x.allowed
            and st.latest_at <= $1::timestamptz + x.allowed
            and coalesce(greatest(o.last_sample_at, case when st.occupancy is not null then st.latest_at end), '-infinity') >= $1::timestamptz - x.allowed)
        """;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    // As Space.MaxGap has it.
    public static readonly string From = $"""
        from occupancy_states o
        join spaces s on s.key = o.space_key and not s.removed
        join space_states st on st.space_key = o.space_key
        left join twins t on t.space_id = s.id
        cross join lateral (select greatest(interval '2 minutes', 3 * coalesce(t.desired_sampling_sec, {Space.DefaultSamplingSeconds}) * interval '1 second') as allowed) x
        """;

    private readonly TimeProvider _clock = clock;
    private readonly OccupancyProof _proof = new();

    /// <returns>Of how many spaces nothing is known now.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var lost = 0;

        for (var window = Window; window == Window; lost += window)
        {
            window = await LoseAsync(_clock.GetUtcNow(), cancellationToken);
        }

        await _proof.SayAsync(database, _clock.GetUtcNow(), cancellationToken);
        return lost;
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (await RunOnceAsync(cancellationToken) is > 0 and var lost)
                {
                    IotIngestLog.OccupancyLost(log, lost);
                }
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                IotIngestLog.OccupancyDelayed(log, e.Message);
            }

            await Task.Delay(Every, _clock, cancellationToken);
        }
    }

    private async Task<int> LoseAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var keys = await LockAsync(connection, now, cancellationToken);

        if (keys.Length == 0)
        {
            return 0;
        }

        var effects = new Effects(now);
        var lost = await FindAsync(connection, keys, now, cancellationToken);

        foreach (var space in lost)
        {
            var id = Guid.CreateVersion7(now);
            effects.Say(id, space.Said.Message(id, now, space.Id, space.LocationId));
        }

        await WriteAsync(connection, lost, now, cancellationToken);
        await effects.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return keys.Length;
    }

    /// <summary>Locks the states of spaces that look lost, in key order, as batches do.</summary>
    private static async Task<int[]> LockAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select st.space_key {From} where {IsLost} order by st.space_key limit {Window} for update of st", connection);
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        var keys = new List<int>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(reader.GetInt32(0));
        }

        return [.. keys];
    }

    /// <summary>Asked again under the lock: a batch that was in flight may have brought evidence, or another watch been faster.</summary>
    private static async Task<List<(int Key, Guid Id, Guid LocationId, SpaceOccupancy Said)>> FindAsync(
        NpgsqlConnection connection, int[] keys, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            select s.key, s.id, s.location_id, st.seen_at >= $1::timestamptz - x.allowed, greatest(o.last_sample_at, case when st.occupancy is not null then st.latest_at end),
                {OccupancyStates.Columns}
            {From} where {IsLost} and o.space_key = any($2) order by s.key
            """, connection);
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        command.Parameters.Add(new() { Value = keys });
        var lost = new List<(int, Guid, Guid, SpaceOccupancy)>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            var health = !reader.IsDBNull(3) && reader.GetBoolean(3) ? SpaceOccupancy.Stale : SpaceOccupancy.Silent;
            long? lastSampleAt = reader.IsDBNull(4) ? null : Micros.Of(reader.GetFieldValue<DateTimeOffset>(4));
            lost.Add((reader.GetInt32(0), reader.GetGuid(1), reader.GetGuid(2), OccupancyStates.Read(reader, 5).Lost(lastSampleAt, health, now)));
        }

        return lost;
    }

    private static async Task WriteAsync(
        NpgsqlConnection connection, List<(int Key, Guid Id, Guid LocationId, SpaceOccupancy Said)> lost, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            update occupancy_states o set version = o.version + 1, state = 'unknown', since = $3, head_count = null, sample_count = 0, last_sample_at = u.at, sensor_health = u.health,
                dwell_occupied = null, dwell_since = null
            from unnest($1::int[], $2::text[], $4::timestamptz[]) as u (space_key, health, at) where o.space_key = u.space_key
            """, connection);
        command.Parameters.Add(new() { Value = lost.ConvertAll(space => space.Key) });
        command.Parameters.Add(new() { Value = lost.ConvertAll(space => space.Said.Evidence.SensorHealth) });
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        command.Parameters.Add(new()
        {
            Value = lost.Select(space => space.Said.Evidence.LastSampleAt?.UtcDateTime).ToArray(),
            NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.TimestampTz,
        });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
