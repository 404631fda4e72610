using Coworking.Contracts;
using Coworking.Reservations.Database;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.Reservations.Occupancies;

/// <summary>What is known of the people in a space: what iot-ingest said last, and on what it rested then.</summary>
/// <param name="State">occupied, vacant or unknown.</param>
/// <param name="Since">Device time; null where nothing was ever said.</param>
/// <param name="HeadCount">People counted last; null for unknown.</param>
/// <param name="SampleCount">Samples of the dwell.</param>
/// <param name="LastSampleAt">Device time of the newest sample that it rests on.</param>
/// <param name="SensorHealth">healthy, stale or silent.</param>
/// <param name="Version">0 where a device is known and nothing was said of people yet.</param>
/// <param name="SaidAt">When iot-ingest judged it, by its clock; a repetition renews it.</param>
internal sealed record SpaceOccupancy(
    string State, DateTimeOffset? Since, int? HeadCount, int SampleCount, DateTimeOffset? LastSampleAt, string SensorHealth, long Version, DateTimeOffset? SaidAt)
{
    internal const string Occupied = "occupied";
    internal const string Vacant = "vacant";
    internal const string Unknown = "unknown";
    internal const string Healthy = "healthy";
    internal const string Stale = "stale";
    internal const string Silent = "silent";

    // Whoever has a twin has a device, whether or not that ever counted people.
    private const string Select = """
        select coalesce(o.state, 'unknown'), o.since, o.head_count, coalesce(o.sample_count, 0), o.last_sample_at, coalesce(o.sensor_health, 'silent'), coalesce(o.version, 0), o.said_at
        from (select $1::uuid as space_id) asked left join space_occupancies o using (space_id)
        where o.space_id is not null or exists (select from space_twins t where t.space_id = asked.space_id)
        """;

    /// <summary>
    /// The moment of which this tells: a message may be late, and may rest on a sample of long before; a device's clock may be ahead. The earlier of both
    /// is what it is worth; null where it tells of none.
    /// </summary>
    internal DateTimeOffset? AsOf => LastSampleAt < SaidAt ? LastSampleAt : LastSampleAt is null ? null : SaidAt;

    /// <summary>True where it rests on counts of people that a sensor in order sent.</summary>
    internal bool IsSound => State is Occupied or Vacant && SensorHealth == Healthy && AsOf is not null && Since is not null;

    /// <summary>What is known of a space, within a transaction; null where no device there was ever heard of.</summary>
    internal static async Task<SpaceOccupancy?> FindAsync(ReservationsDb db, Guid spaceId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Select, (NpgsqlConnection)db.Database.GetDbConnection());
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = spaceId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new SpaceOccupancy(
                reader.GetString(0),
                reader.IsDBNull(1) ? null : reader.Instant(1),
                reader.Value<int>(2),
                reader.GetInt32(3),
                reader.IsDBNull(4) ? null : reader.Instant(4),
                reader.GetString(5),
                reader.GetInt64(6),
                reader.IsDBNull(7) ? null : reader.Instant(7))
            : null;
    }

    /// <summary>
    /// Keeps what was said, unless what is kept is newer: the bus does not promise order. The same version said again renews the evidence, which a
    /// snapshot, resting on what was noted at the change, must not make older.
    /// </summary>
    internal static Task KeepAsync(ReservationsDb db, SpaceOccupancyChanged said, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"""
            insert into space_occupancies as o (space_id, state, since, head_count, sample_count, last_sample_at, sensor_health, version, said_at, received_at)
            values ({said.SpaceId}, {said.State}, {said.Since.ToUniversalTime()}, {said.HeadCount}, {said.Evidence.SampleCount}, {said.Evidence.LastSampleAt?.ToUniversalTime()},
                {said.Evidence.SensorHealth}, {said.Version}, {said.OccurredAt.ToUniversalTime()}, {now})
            on conflict (space_id) do update set state = excluded.state, since = excluded.since, head_count = excluded.head_count, sample_count = excluded.sample_count,
                last_sample_at = case when o.version = excluded.version then greatest(o.last_sample_at, excluded.last_sample_at) else excluded.last_sample_at end,
                sensor_health = excluded.sensor_health, version = excluded.version, said_at = excluded.said_at, received_at = excluded.received_at
            where o.version < excluded.version or (o.version = excluded.version and o.said_at < excluded.said_at)
            """,
            cancellationToken);

    /// <summary>Notes that a space has a device, of whose counts nothing is known yet.</summary>
    internal static Task NoteDeviceAsync(ReservationsDb db, Guid spaceId, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"""
            insert into space_occupancies (space_id, state, sample_count, sensor_health, version, received_at)
            values ({spaceId}, {Unknown}, 0, {Silent}, 0, {now}) on conflict (space_id) do nothing
            """,
            cancellationToken);

    internal static async Task<bool> AnyAsync(ReservationsDb db, CancellationToken cancellationToken) =>
        (await db.Database.SqlQuery<bool>($"""select exists (select from space_occupancies) as "Value" """).ToListAsync(cancellationToken)).Single();
}
