using Coworking.Contracts;
using Coworking.IotIngest.Database;
using Npgsql;
using NpgsqlTypes;

namespace Coworking.IotIngest.Occupancy;

/// <summary>The rows behind the clocks. What a row does not hold (the newest sample, how many a dwell has) is found in the readings.</summary>
internal static class OccupancyStates
{
    /// <summary>Of occupancy_states o.</summary>
    public const string Columns = "o.version, o.state, o.since, o.head_count, o.sample_count, o.last_sample_at, o.sensor_health";

    public static SpaceOccupancy Read(NpgsqlDataReader reader, int first) => new(
        reader.GetInt64(first),
        SpaceOccupancy.Of(reader.GetString(first + 1)),
        reader.IsDBNull(first + 2) ? null : reader.GetFieldValue<DateTimeOffset>(first + 2),
        reader.IsDBNull(first + 3) ? null : reader.GetInt32(first + 3),
        new OccupancyEvidence(reader.GetInt32(first + 4), reader.IsDBNull(first + 5) ? null : reader.GetFieldValue<DateTimeOffset>(first + 5), reader.GetString(first + 6)));

    /// <param name="connection">With a transaction that holds the locks on the states of these spaces and has not written them yet.</param>
    /// <param name="spaces">Each with the newest reading that was judged, and how far from it a sample still continues.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<List<OccupancyEntry>> LoadAsync(
        NpgsqlConnection connection, List<(int Key, long At, long Digest, long MaxGap)> spaces, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            select st.space_key, st.occupancy is not null, o.dwell_occupied, o.dwell_since, {Columns}
            from space_states st left join occupancy_states o on o.space_key = st.space_key where st.space_key = any($1)
            """, connection);
        command.Parameters.Add(new() { Value = spaces.ConvertAll(space => space.Key) });
        var read = new Dictionary<int, (OccupancyEntry Entry, bool IsShown)>(spaces.Count);

        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                read[reader.GetInt32(0)] = (Entry(reader, now), reader.GetBoolean(1));
            }
        }

        var hidden = new List<(OccupancyEntry Entry, long Near)>();

        foreach (var (key, at, digest, maxGap) in spaces)
        {
            // A space without a state has nothing behind it.
            read.TryAdd(key, (new OccupancyEntry(key, new OccupancyClock(), SpaceOccupancy.Nothing) { ReadAt = now }, false));
            var (entry, isShown) = read[key];
            entry.Judged = (at, digest);
            // Mostly the newest reading is the newest sample that counted people.
            entry.Clock.LastAt = isShown ? at : null;

            if (at > 0 && (!isShown || entry.Clock.DwellState is not null))
            {
                hidden.Add((entry, at - maxGap));
            }
        }

        if (hidden.Count > 0)
        {
            await CountAsync(connection, hidden, cancellationToken);
        }

        return [.. read.Values.Select(one => one.Entry)];
    }

    /// <summary>Finds in the readings what the rows do not say. The batch's own are there already: what is newer than was judged is left out.</summary>
    private static async Task CountAsync(NpgsqlConnection connection, List<(OccupancyEntry Entry, long Near)> hidden, CancellationToken cancellationToken)
    {
        // The last two bounds hold for all of them: by them the days of the table are chosen once, not for each space anew, which costs a millisecond a time.
        await using var command = new NpgsqlCommand("""
            select r.* from unnest($1::int[], $2::timestamptz[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::boolean[]) as k (key, at, digest, near, since, occupied)
            cross join lateral (
                select k.key, count(*) filter (where r.at >= k.since and (r.occupancy > 0) = k.occupied), max(r.at) filter (where r.at >= k.near)
                from readings r
                where r.space_key = k.key and r.at >= least(k.near, k.since) and (r.at, r.digest) <= (k.at, k.digest) and r.occupancy is not null and r.at >= $7 and r.at <= $8) r
            """, connection);
        command.Parameters.Add(new() { Value = hidden.ConvertAll(one => one.Entry.SpaceKey) });
        command.Parameters.Add(new() { Value = hidden.ConvertAll(one => Time(one.Entry.Judged.At)) });
        command.Parameters.Add(new() { Value = hidden.ConvertAll(one => one.Entry.Judged.Digest) });
        command.Parameters.Add(new() { Value = hidden.ConvertAll(one => Time(one.Near)) });
        command.Parameters.Add(Times(hidden.ConvertAll(one => one.Entry), DwellSince));
        command.Parameters.Add(new NpgsqlParameter<List<bool?>> { TypedValue = hidden.ConvertAll(one => DwellOccupied(one.Entry)) });
        command.Parameters.Add(new() { Value = hidden.Min(one => DwellSince(one.Entry) is { } since && since < Time(one.Near) ? since : Time(one.Near)) });
        command.Parameters.Add(new() { Value = hidden.Max(one => Time(one.Entry.Judged.At)) });
        var entries = hidden.ToDictionary(one => one.Entry.SpaceKey, one => one.Entry);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            var clock = entries[reader.GetInt32(0)].Clock;
            clock.DwellCount = (int)reader.GetInt64(1);
            clock.LastAt = reader.IsDBNull(2) ? null : Micros.Of(reader.GetFieldValue<DateTimeOffset>(2));
        }
    }

    /// <returns>False where a row is not as it was read.</returns>
    public static async Task<bool> WriteAsync(NpgsqlConnection connection, List<OccupancyEntry> entries, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        var (known, added) = (entries.FindAll(entry => entry.StoredVersion is not null), entries.FindAll(entry => entry.StoredVersion is null));

        if (known.Count > 0)
        {
            var update = new NpgsqlBatchCommand($"""
                update occupancy_states o set version = u.version, state = u.state, since = u.since, head_count = u.head_count, sample_count = u.sample_count,
                    last_sample_at = u.last_sample_at, sensor_health = u.sensor_health, dwell_occupied = u.dwell_occupied, dwell_since = u.dwell_since
                from unnest({Arrays}, $11::bigint[]) as u ({Names}, stored_version) where o.space_key = u.space_key and o.version = u.stored_version
                """);
            Add(update.Parameters, known);
            update.Parameters.Add(new() { Value = known.ConvertAll(entry => entry.StoredVersion!.Value) });
            batch.BatchCommands.Add(update);
        }

        if (added.Count > 0)
        {
            var insert = new NpgsqlBatchCommand($"insert into occupancy_states ({Names}) select * from unnest({Arrays}) as u ({Names}) on conflict do nothing");
            Add(insert.Parameters, added);
            batch.BatchCommands.Add(insert);
        }

        if (await batch.ExecuteNonQueryAsync(cancellationToken) != entries.Count)
        {
            return false;
        }

        entries.ForEach(entry => entry.StoredVersion = entry.Said.Version);
        return true;
    }

    private const string Names = "space_key, version, state, since, head_count, sample_count, last_sample_at, sensor_health, dwell_occupied, dwell_since";

    private const string Arrays =
        "$1::int[], $2::bigint[], $3::text[], $4::timestamptz[], $5::int[], $6::int[], $7::timestamptz[], $8::text[], $9::boolean[], $10::timestamptz[]";

    private static OccupancyEntry Entry(NpgsqlDataReader reader, DateTimeOffset now)
    {
        var clock = new OccupancyClock();

        if (reader.IsDBNull(4))
        {
            return new OccupancyEntry(reader.GetInt32(0), clock, SpaceOccupancy.Nothing) { ReadAt = now };
        }

        var said = Read(reader, 4);
        clock.State = said.State;

        if (!reader.IsDBNull(3))
        {
            clock.DwellState = reader.GetBoolean(2) ? OccupancyState.Occupied : OccupancyState.Vacant;
            clock.DwellSince = Micros.Of(reader.GetFieldValue<DateTimeOffset>(3));
        }

        return new OccupancyEntry(reader.GetInt32(0), clock, said) { ReadAt = now, StoredVersion = said.Version };
    }

    private static bool? DwellOccupied(OccupancyEntry entry) => entry.Clock.DwellState is { } dwell ? dwell == OccupancyState.Occupied : null;

    private static DateTime? DwellSince(OccupancyEntry entry) => entry.Clock.DwellState is null ? null : Time(entry.Clock.DwellSince);

    private static void Add(NpgsqlParameterCollection parameters, List<OccupancyEntry> entries)
    {
        parameters.Add(new() { Value = entries.ConvertAll(entry => entry.SpaceKey) });
        parameters.Add(new() { Value = entries.ConvertAll(entry => entry.Said.Version) });
        parameters.Add(new() { Value = entries.ConvertAll(entry => SpaceOccupancy.Word(entry.Said.State)) });
        parameters.Add(Times(entries, entry => entry.Said.Since?.UtcDateTime));
        parameters.Add(new NpgsqlParameter<List<int?>> { TypedValue = entries.ConvertAll(entry => entry.Said.HeadCount) });
        parameters.Add(new() { Value = entries.ConvertAll(entry => entry.Said.Evidence.SampleCount) });
        parameters.Add(Times(entries, entry => entry.Said.Evidence.LastSampleAt?.UtcDateTime));
        parameters.Add(new() { Value = entries.ConvertAll(entry => entry.Said.Evidence.SensorHealth) });
        parameters.Add(new NpgsqlParameter<List<bool?>> { TypedValue = entries.ConvertAll(DwellOccupied) });
        parameters.Add(Times(entries, DwellSince));
    }

    private static NpgsqlParameter Times(List<OccupancyEntry> entries, Func<OccupancyEntry, DateTime?> time) =>
        new() { Value = entries.Select(time).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };

    // A space that has never spoken was judged until minus infinity, which no calendar holds.
    private static DateTime Time(long micros) => Micros.ToInstant(Math.Max(micros, 0)).UtcDateTime;
}
