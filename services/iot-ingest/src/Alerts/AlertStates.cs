using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;
using Npgsql;
using NpgsqlTypes;

namespace Coworking.IotIngest.Alerts;

/// <summary>The rows behind the clocks: space_states (one per space), alert_states (one per running clock), alerts.</summary>
internal static class AlertStates
{
    /// <summary>Makes the rows of spaces that have not spoken yet, outside the batch's transaction: what is not there cannot be locked.</summary>
    public static async Task EnsureAsync(NpgsqlConnection connection, int[] spaceKeys, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            insert into space_states (space_key, latest_at, digest) select key, '-infinity', 0 from unnest($1::int[]) as key order by key on conflict do nothing
            """, connection);
        command.Parameters.Add(new() { Value = spaceKeys });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Locks the states of these spaces, in key order, and reads the clocks that run there with their open alerts.</summary>
    public static async Task<(Dictionary<int, (long, long)> Latest, Dictionary<(int, AlertKind), AlertJudge.Running> Running)> LoadAsync(
        NpgsqlBatch batch, int[] spaceKeys, CancellationToken cancellationToken)
    {
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select space_key, latest_at, digest from space_states where space_key = any($1) order by space_key for update")
        {
            Parameters = { new() { Value = spaceKeys } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"""
            select st.space_key, st.kind, st.reason, st.breached_since, st.clear_since, st.last_at, st.alert_id, {AlertReader.Columns}
            from alert_states st left join alerts a on a.id = st.alert_id where st.space_key = any($1)
            """)
        {
            Parameters = { new() { Value = spaceKeys } },
        });
        var latest = new Dictionary<int, (long, long)>();
        var running = new Dictionary<(int, AlertKind), AlertJudge.Running>();
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            latest[reader.GetInt32(0)] = (Micros.Of(reader.GetFieldValue<DateTimeOffset>(1)), reader.GetInt64(2));
        }

        await reader.NextResultAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            var clock = new AlertClock(AlertKind.Of(reader.GetString(1)))
            {
                Reason = reader.IsDBNull(2) ? null : reader.GetString(2),
                BreachedSince = Time(reader, 3),
                ClearSince = Time(reader, 4),
                LastAt = Time(reader, 5)!.Value,
                IsOpen = !reader.IsDBNull(6),
            };
            running[(reader.GetInt32(0), clock.Kind)] = new AlertJudge.Running(clock) { Alert = clock.IsOpen ? AlertReader.Read(reader, 7) : null };
        }

        return (latest, running);
    }

    public static void AddWrites(
        NpgsqlBatch batch,
        List<Reading> newest,
        int[] seen,
        List<Alert> opened,
        List<Alert> changed,
        KeyValuePair<(int Space, AlertKind Kind), AlertJudge.Running>[] running,
        DateTimeOffset now)
    {
        Add(newest.Count, () => Newest(newest, now));
        // Late samples and copies are a sign of life too; a stream in order has none of them here.
        var late = newest.Count == seen.Length ? [] : seen.Except(newest.Select(reading => reading.SpaceKey)).ToArray();
        Add(late.Length, () => Seen(late, now));
        // What resolves makes room for what opens: at most one open alert per space and kind.
        Add(changed.Count, () => Update(changed));
        Add(opened.Count, () => Insert(opened, now));
        var idle = running.Where(entry => entry.Value.Clock.IsIdle).ToArray();
        Add(idle.Length, () => Forget(idle));
        var kept = running.Where(entry => !entry.Value.Clock.IsIdle).ToArray();
        Add(kept.Length, () => Keep(kept));

        void Add(int rows, Func<NpgsqlBatchCommand> command)
        {
            if (rows > 0)
            {
                batch.BatchCommands.Add(command());
            }
        }
    }

    private static NpgsqlBatchCommand Newest(List<Reading> newest, DateTimeOffset now)
    {
        var names = string.Join(", ", Metric.All.Select(metric => metric.Wire));
        var arrays = string.Join(", ", Metric.All.Select((_, i) => $"${i + 4}::int[]"));
        var set = string.Join(", ", Metric.All.Select(metric => $"{metric.Wire} = excluded.{metric.Wire}"));
        var command = new NpgsqlBatchCommand($"""
            insert into space_states (space_key, latest_at, digest, {names}, power_ok, door_open, seen_at)
            select *, ${Metric.Count + 6}::timestamptz from unnest($1::int[], $2::timestamptz[], $3::bigint[], {arrays}, ${Metric.Count + 4}::boolean[], ${Metric.Count + 5}::boolean[])
            on conflict (space_key) do update set latest_at = excluded.latest_at, digest = excluded.digest, {set},
                power_ok = excluded.power_ok, door_open = excluded.door_open, seen_at = excluded.seen_at
            """);
        command.Parameters.Add(new() { Value = newest.ConvertAll(reading => reading.SpaceKey) });
        command.Parameters.Add(new() { Value = newest.ConvertAll(reading => Micros.ToInstant(reading.At).UtcDateTime) });
        command.Parameters.Add(new() { Value = newest.ConvertAll(reading => reading.Digest) });

        for (var i = 0; i < Metric.Count; i++)
        {
            var metric = i;
            command.Parameters.Add(new NpgsqlParameter<List<int?>> { TypedValue = newest.ConvertAll(reading => reading.Has(metric) ? reading.Values[metric] : (int?)null) });
        }

        command.Parameters.Add(new NpgsqlParameter<List<bool?>> { TypedValue = newest.ConvertAll(reading => reading.PowerOk) });
        command.Parameters.Add(new NpgsqlParameter<List<bool?>> { TypedValue = newest.ConvertAll(reading => reading.DoorOpen) });
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        return command;
    }

    private static NpgsqlBatchCommand Seen(int[] late, DateTimeOffset now) => new("update space_states set seen_at = $2 where space_key = any($1)")
    {
        Parameters = { new() { Value = late }, new() { Value = now.UtcDateTime } },
    };

    private static NpgsqlBatchCommand Insert(List<Alert> opened, DateTimeOffset now)
    {
        var command = new NpgsqlBatchCommand("""
            insert into alerts (id, space_key, space_id, location_id, kind, severity, breached_since, started_at, last_triggered_at, resolved_at, resolution, meta, version, created_at)
            select *, $14 from unnest($1::uuid[], $2::int[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[],
                $10::timestamptz[], $11::text[], $12::jsonb[], $13::bigint[])
            """);
        var p = command.Parameters;
        p.Add(new() { Value = opened.ConvertAll(alert => alert.Id) });
        p.Add(new() { Value = opened.ConvertAll(alert => alert.SpaceKey) });
        p.Add(new() { Value = opened.ConvertAll(alert => alert.SpaceId) });
        p.Add(new() { Value = opened.ConvertAll(alert => alert.LocationId) });
        p.Add(new() { Value = opened.ConvertAll(alert => alert.Kind) });
        p.Add(new() { Value = opened.ConvertAll(alert => alert.Severity) });
        p.Add(new() { Value = opened.ConvertAll(alert => alert.BreachedSince.UtcDateTime) });
        p.Add(new() { Value = opened.ConvertAll(alert => alert.StartedAt.UtcDateTime) });
        AddState(p, opened);
        p.Add(new() { Value = now.UtcDateTime });
        return command;
    }

    /// <summary>Writes what samples and resolutions change of alerts.</summary>
    public static NpgsqlBatchCommand Update(List<Alert> changed)
    {
        var command = new NpgsqlBatchCommand("""
            update alerts a set last_triggered_at = u.last_triggered_at, resolved_at = u.resolved_at, resolution = u.resolution, meta = u.meta, version = u.version
            from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::jsonb[], $6::bigint[])
                as u (id, last_triggered_at, resolved_at, resolution, meta, version)
            where a.id = u.id
            """);
        command.Parameters.Add(new() { Value = changed.ConvertAll(alert => alert.Id) });
        AddState(command.Parameters, changed);
        return command;
    }

    private static void AddState(NpgsqlParameterCollection parameters, List<Alert> alerts)
    {
        parameters.Add(new() { Value = alerts.ConvertAll(alert => alert.LastTriggeredAt.UtcDateTime) });
        parameters.Add(Instants(alerts.Select(alert => alert.ResolvedAt?.UtcDateTime)));
        parameters.Add(new NpgsqlParameter<List<string?>> { TypedValue = alerts.ConvertAll(alert => alert.Resolution) });
        parameters.Add(new() { Value = alerts.ConvertAll(alert => alert.Meta), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        parameters.Add(new() { Value = alerts.ConvertAll(alert => alert.Version) });
    }

    private static NpgsqlBatchCommand Forget(KeyValuePair<(int Space, AlertKind Kind), AlertJudge.Running>[] idle)
    {
        var command = new NpgsqlBatchCommand("delete from alert_states st using unnest($1::int[], $2::text[]) as u (space_key, kind) where st.space_key = u.space_key and st.kind = u.kind");
        command.Parameters.Add(new() { Value = Array.ConvertAll(idle, entry => entry.Key.Space) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(idle, entry => entry.Key.Kind.Name) });
        return command;
    }

    private static NpgsqlBatchCommand Keep(KeyValuePair<(int Space, AlertKind Kind), AlertJudge.Running>[] kept)
    {
        var command = new NpgsqlBatchCommand("""
            insert into alert_states (space_key, kind, reason, breached_since, clear_since, last_at, alert_id)
            select * from unnest($1::int[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::uuid[])
            on conflict (space_key, kind) do update set reason = excluded.reason, breached_since = excluded.breached_since, clear_since = excluded.clear_since,
                last_at = excluded.last_at, alert_id = excluded.alert_id
            """);
        var p = command.Parameters;
        p.Add(new() { Value = Array.ConvertAll(kept, entry => entry.Key.Space) });
        p.Add(new() { Value = Array.ConvertAll(kept, entry => entry.Key.Kind.Name) });
        p.Add(new NpgsqlParameter<string?[]> { TypedValue = Array.ConvertAll(kept, entry => entry.Value.Clock.Reason) });
        p.Add(Instants(kept.Select(entry => Instant(entry.Value.Clock.BreachedSince))));
        p.Add(Instants(kept.Select(entry => Instant(entry.Value.Clock.ClearSince))));
        p.Add(new() { Value = Array.ConvertAll(kept, entry => Micros.ToInstant(entry.Value.Clock.LastAt).UtcDateTime) });
        p.Add(new NpgsqlParameter<Guid?[]> { TypedValue = Array.ConvertAll(kept, entry => entry.Value.Alert?.Id) });
        return command;
    }

    // Named by hand: of an array that begins with null the driver takes another type than of its first value.
    private static NpgsqlParameter Instants(IEnumerable<DateTime?> instants) => new() { Value = instants.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };

    private static DateTime? Instant(long? micros) => micros is { } time ? Micros.ToInstant(time).UtcDateTime : null;

    private static long? Time(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : Micros.Of(reader.GetFieldValue<DateTimeOffset>(column));
}
