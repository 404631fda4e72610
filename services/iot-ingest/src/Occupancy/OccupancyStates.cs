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

    /// <param name="connection">With a transaction that holds the locks on the states of these spaces.</param>
    /// <param name="spaces">Each with the newest reading that was judged, and how far from it a sample still continues.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<List<OccupancyEntry>> LoadAsync(
        NpgsqlConnection connection, List<(int Key, long At, long Digest, long MaxGap)> spaces, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // The batch's own readings are in the table already: what is newer than was judged is left out.
        await using var command = new NpgsqlCommand($"""
            select k.key, d.count, l.at, o.dwell_occupied, o.dwell_since, {Columns}
            from unnest($1::int[], $2::timestamptz[], $3::bigint[], $4::timestamptz[]) as k (key, at, digest, near)
            left join occupancy_states o on o.space_key = k.key
            cross join lateral (select count(*) from readings r
                where r.space_key = k.key and r.at >= o.dwell_since and r.at <= k.at and (r.at, r.digest) <= (k.at, k.digest) and (r.occupancy > 0) = o.dwell_occupied) d
            left join lateral (select r.at from readings r
                where r.space_key = k.key and r.at >= k.near and r.at <= k.at and (r.at, r.digest) <= (k.at, k.digest) and r.occupancy is not null
                order by r.at desc limit 1) l on true
            """, connection);
        command.Parameters.Add(new() { Value = spaces.ConvertAll(space => space.Key) });
        command.Parameters.Add(new() { Value = spaces.ConvertAll(space => Time(space.At)) });
        command.Parameters.Add(new() { Value = spaces.ConvertAll(space => space.Digest) });
        command.Parameters.Add(new() { Value = spaces.ConvertAll(space => Time(space.At < space.MaxGap ? 0 : space.At - space.MaxGap)) });
        var read = new Dictionary<int, OccupancyEntry>(spaces.Count);

        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                read[reader.GetInt32(0)] = Entry(reader, now);
            }
        }

        foreach (var (key, at, digest, _) in spaces)
        {
            read[key].Judged = (at, digest);
        }

        return [.. read.Values];
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
                from {Rows} join unnest($11::int[], $12::bigint[]) as b (space_key, version) on b.space_key = u.space_key
                where o.space_key = u.space_key and o.version = b.version
                """);
            Add(update.Parameters, known);
            update.Parameters.Add(new() { Value = known.ConvertAll(entry => entry.SpaceKey) });
            update.Parameters.Add(new() { Value = known.ConvertAll(entry => entry.StoredVersion!.Value) });
            batch.BatchCommands.Add(update);
        }

        if (added.Count > 0)
        {
            var insert = new NpgsqlBatchCommand($"insert into occupancy_states ({Names}) select * from {Rows} on conflict do nothing");
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

    private const string Rows = $"""
        unnest($1::int[], $2::bigint[], $3::text[], $4::timestamptz[], $5::int[], $6::int[], $7::timestamptz[], $8::text[], $9::boolean[], $10::timestamptz[]) as u ({Names})
        """;

    private static OccupancyEntry Entry(NpgsqlDataReader reader, DateTimeOffset now)
    {
        var clock = new OccupancyClock { LastAt = reader.IsDBNull(2) ? null : Micros.Of(reader.GetFieldValue<DateTimeOffset>(2)) };

        if (reader.IsDBNull(5))
        {
            return new OccupancyEntry(reader.GetInt32(0), clock, SpaceOccupancy.Nothing) { ReadAt = now };
        }

        var said = Read(reader, 5);
        clock.State = said.State;

        if (!reader.IsDBNull(4))
        {
            clock.DwellState = reader.GetBoolean(3) ? OccupancyState.Occupied : OccupancyState.Vacant;
            clock.DwellSince = Micros.Of(reader.GetFieldValue<DateTimeOffset>(4));
            clock.DwellCount = (int)reader.GetInt64(1);
        }

        return new OccupancyEntry(reader.GetInt32(0), clock, said) { ReadAt = now, StoredVersion = said.Version };
    }

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
        parameters.Add(new NpgsqlParameter<List<bool?>> { TypedValue = entries.ConvertAll(entry => entry.Clock.DwellState is { } dwell ? dwell == OccupancyState.Occupied : (bool?)null) });
        parameters.Add(Times(entries, entry => entry.Clock.DwellState is null ? null : Time(entry.Clock.DwellSince)));
    }

    private static NpgsqlParameter Times(List<OccupancyEntry> entries, Func<OccupancyEntry, DateTime?> time) =>
        new() { Value = entries.Select(time).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };

    // A space that has never spoken was judged until minus infinity, which no calendar holds.
    private static DateTime Time(long micros) => Micros.ToInstant(Math.Max(micros, 0)).UtcDateTime;
}
