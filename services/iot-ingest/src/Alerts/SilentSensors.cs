using Coworking.IotIngest.Live;
using Coworking.IotIngest.Spaces;
using Npgsql;

namespace Coworking.IotIngest.Alerts;

/// <summary>SENSOR_ERROR: a space that has spoken, or has a registered device, and from which nothing comes. By the server's clock; a reading ends it in the hot path.</summary>
internal static class SilentSensors
{
    private const int Window = 500;

    // A hand-over of the lease takes 10 s; after more nobody was there to hear, and silence counts from now.
    private static readonly TimeSpan Absence = TimeSpan.FromMinutes(1);

    private sealed record Silence(Guid SpaceId, DateTimeOffset? SeenAt, DateTimeOffset Since, int AllowedSec);

    /// <returns>How many alerts were opened.</returns>
    public static async Task<int> ReportAsync(NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var opened = 0;

        foreach (var silence in await FindAsync(database, now, await ListeningSinceAsync(database, now, cancellationToken), cancellationToken))
        {
            opened += await OpenAsync(database, silence, clock.GetUtcNow(), cancellationToken) ? 1 : 0;
        }

        return opened;
    }

    private static async Task<bool> OpenAsync(NpgsqlDataSource database, Silence silence, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        if (await AlertBook.LockSpaceAsync(connection, silence.SpaceId, AlertKind.SensorError, cancellationToken) is not { } space)
        {
            return false;
        }

        // Asked again under the lock: a batch in flight may have brought a reading.
        await using var ask = new NpgsqlCommand("select seen_at is not distinct from $2 from space_states where space_key = $1", connection);
        ask.Parameters.Add(new() { Value = space.Key });
        ask.Parameters.Add(new NpgsqlParameter<DateTime?> { TypedValue = silence.SeenAt?.UtcDateTime });

        if (await ask.ExecuteScalarAsync(cancellationToken) is not true)
        {
            return false;
        }

        var effects = new Effects(now);
        var isOpen = await AlertBook.OpenAsync(
            connection, silence.SpaceId, AlertKind.SensorError, silence.Since, silence.Since.AddSeconds(silence.AllowedSec),
            new { lastSeenAt = silence.SeenAt, allowedSec = silence.AllowedSec }, effects, cancellationToken);
        await effects.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return isOpen;
    }

    private static async Task<DateTimeOffset> ListeningSinceAsync(NpgsqlDataSource database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            insert into silence_watch as w (listening_since, watched_at) values ($1, $1)
            on conflict (one) do update set watched_at = greatest(w.watched_at, excluded.watched_at),
                listening_since = case when w.watched_at < excluded.watched_at - $2 then excluded.watched_at else w.listening_since end
            returning listening_since
            """);
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        command.Parameters.Add(new() { Value = Absence });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.GetFieldValue<DateTimeOffset>(0);
    }

    private static async Task<List<Silence>> FindAsync(NpgsqlDataSource database, DateTimeOffset now, DateTimeOffset listeningSince, CancellationToken cancellationToken)
    {
        // The cheap question first, for every space; since when it was listened to and what was resolved before are looked up only for those that are silent.
        await using var command = database.CreateCommand($"""
            with silent as materialized (
                select s.id, s.location_id, st.seen_at, x.heard_at, x.allowed
                from spaces s
                left join space_states st on st.space_key = s.key
                left join twins t on t.space_id = s.id
                left join alert_rules r on r.space_id = s.id and r.kind = $3
                cross join lateral (select
                    greatest(coalesce(st.seen_at, (select min(d.created_at) from devices d where d.space_id = s.id)), $2) as heard_at,
                    greatest(coalesce(r.open_after_sec, $4), 3 * coalesce(t.desired_sampling_sec, $5)) as allowed) x
                where not s.removed and coalesce(r.enabled, true)
                  and (st.seen_at is not null or exists (select from devices d where d.space_id = s.id))
                  and x.heard_at <= $1::timestamptz - x.allowed * interval '1 second'
                  and not exists (select from alerts a where a.space_key = s.key and a.kind = $3 and a.resolved_at is null))
            select id, seen_at, since, allowed
            from silent cross join lateral (
                select followed_since(silent.location_id) as followed_since, (select max(a.resolved_at) from alerts a where a.space_id = silent.id and a.kind = $3) as resolved_at offset 0) f
            cross join lateral (select greatest(heard_at, f.followed_since, f.resolved_at) as since) y
            where f.followed_since is not null and since <= $1::timestamptz - allowed * interval '1 second'
            order by since limit {Window}
            """);
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        command.Parameters.Add(new() { Value = listeningSince.UtcDateTime });
        command.Parameters.Add(new() { Value = AlertKind.SensorError.Name });
        command.Parameters.Add(new() { Value = AlertKind.SensorError.OpenAfterSec!.Value });
        command.Parameters.Add(new() { Value = Space.DefaultSamplingSeconds });
        var silences = new List<Silence>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            silences.Add(new Silence(
                reader.GetGuid(0), reader.IsDBNull(1) ? null : reader.GetFieldValue<DateTimeOffset>(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetInt32(3)));
        }

        return silences;
    }
}
