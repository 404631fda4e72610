using System.Text.Json;
using Coworking.Hosting.Json;
using Coworking.IotIngest.Live;
using Npgsql;

namespace Coworking.IotIngest.Alerts;

/// <summary>
/// Alerts outside the path of samples: of what no sample shows (silence, a twin that differs), by hand, and by what happens to a space. Everything
/// happens in the caller's transaction; who takes several spaces in one takes them in the order of their keys.
/// </summary>
internal static class AlertBook
{
    /// <summary>Opens an alert, unless one of its kind is open, its rule is disabled, or the space is gone.</summary>
    /// <param name="connection">With the caller's transaction.</param>
    /// <param name="spaceId">Where.</param>
    /// <param name="kind">What.</param>
    /// <param name="breachedSince">When it began.</param>
    /// <param name="startedAt">When it had lasted long enough.</param>
    /// <param name="meta">What a person needs to see of it; serialized in camelCase.</param>
    /// <param name="effects">Gets AlertOpened and the live event; the caller writes them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>True where it was opened.</returns>
    public static async Task<bool> OpenAsync(
        NpgsqlConnection connection, Guid spaceId, AlertKind kind, DateTimeOffset breachedSince, DateTimeOffset startedAt, object meta, Effects effects,
        CancellationToken cancellationToken)
    {
        if (await LockSpaceAsync(connection, spaceId, kind, cancellationToken) is not { IsEnabled: true } space)
        {
            return false;
        }

        var alert = new Alert
        {
            Id = Guid.CreateVersion7(effects.Now),
            SpaceKey = space.Key,
            SpaceId = spaceId,
            LocationId = space.LocationId,
            Kind = kind.Name,
            Severity = space.Severity,
            BreachedSince = breachedSince,
            StartedAt = startedAt,
            LastTriggeredAt = effects.Now,
            Meta = JsonSerializer.Serialize(meta, JsonSetup.Wire),
            Version = 1,
            CreatedAt = effects.Now,
        };

        if (!await AlertRows.InsertAsync(connection, alert, cancellationToken))
        {
            return false;
        }

        // The batch that brings a reading finds it there.
        if (kind == AlertKind.SensorError)
        {
            await ExecuteAsync(
                connection,
                """
                insert into alert_states (space_key, kind, breached_since, last_at, alert_id) values ($1, $2, $3, $3, $4)
                on conflict (space_key, kind) do update set breached_since = excluded.breached_since, last_at = excluded.last_at, alert_id = excluded.alert_id
                """,
                cancellationToken, space.Key, kind.Name, breachedSince.UtcDateTime, alert.Id);
        }

        AlertNews.Opened(alert, effects);
        return true;
    }

    /// <summary>Resolves the open alert of this kind. Cheap where none is open: nothing is locked then, so an opening that has not committed is missed.</summary>
    /// <param name="connection">With the caller's transaction.</param>
    /// <param name="spaceId">Where.</param>
    /// <param name="kind">What.</param>
    /// <param name="because">One of <see cref="AlertResolution"/>.</param>
    /// <param name="effects">Gets AlertResolved and the live event; the caller writes them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>True where one was open.</returns>
    public static async Task<bool> ResolveAsync(
        NpgsqlConnection connection, Guid spaceId, AlertKind kind, string because, Effects effects, CancellationToken cancellationToken)
    {
        await using var find = new NpgsqlCommand(
            "select a.id from alerts a join spaces s on s.key = a.space_key where s.id = $1 and a.kind = $2 and a.resolved_at is null", connection)
        {
            Parameters = { new() { Value = spaceId }, new() { Value = kind.Name } },
        };

        if (await find.ExecuteScalarAsync(cancellationToken) is not Guid id
            || await LockAsync(connection, id, cancellationToken) is not { ResolvedAt: null } alert)
        {
            return false;
        }

        await ResolveAsync(connection, alert, because, effects, cancellationToken);
        return true;
    }

    /// <summary>Resolves the open alerts of this kind in these spaces, by the server's clock, in the same number of statements however many they are.</summary>
    public static async Task ResolveAllAsync(
        NpgsqlConnection connection, List<Guid> spaceIds, AlertKind kind, string because, Effects effects, CancellationToken cancellationToken)
    {
        await using var find = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("select from space_states st join spaces s on s.key = st.space_key where s.id = any($1) order by s.key for update of st") { Parameters = { new() { Value = spaceIds } } },
                new($"""
                    select {AlertReader.Columns} from alerts a join spaces s on s.key = a.space_key
                    where s.id = any($1) and a.kind = $2 and a.resolved_at is null order by s.key for update of a
                    """) { Parameters = { new() { Value = spaceIds }, new() { Value = kind.Name } } },
            },
        };
        var alerts = new List<Alert>();

        await using (var reader = await find.ExecuteReaderAsync(cancellationToken))
        {
            await reader.NextResultAsync(cancellationToken);

            while (await reader.ReadAsync(cancellationToken))
            {
                alerts.Add(AlertReader.Read(reader, 0));
            }
        }

        if (alerts.Count == 0)
        {
            return;
        }

        alerts.ForEach(alert => alert.Resolve(effects.Now > alert.StartedAt ? effects.Now : alert.StartedAt, because));
        await using var write = new NpgsqlBatch(connection) { BatchCommands = { AlertStates.Update(alerts) } };
        write.BatchCommands.Add(new("delete from alert_states where space_key = any($1) and kind = $2")
        {
            Parameters = { new() { Value = alerts.ConvertAll(alert => alert.SpaceKey) }, new() { Value = kind.Name } },
        });
        await write.ExecuteNonQueryAsync(cancellationToken);
        alerts.ForEach(alert => AlertNews.Resolved(alert, effects));
    }

    /// <summary>The alert, after its space's state has been locked as the hot path does: a batch in flight is over, and the next one sees what becomes of it.</summary>
    public static async Task<Alert?> LockAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, "select from space_states st join alerts a on a.space_key = st.space_key where a.id = $1 for update of st", cancellationToken, id);
        await using var command = new NpgsqlCommand($"select {AlertReader.Columns} from alerts a where a.id = $1 for update", connection);
        command.Parameters.Add(new() { Value = id });
        return (await AlertReader.AllAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Resolves a locked alert by the server's clock; the clock of its kind starts anew.</summary>
    public static async Task ResolveAsync(NpgsqlConnection connection, Alert alert, string because, Effects effects, CancellationToken cancellationToken)
    {
        // A device whose clock is ahead may have started it in our future; nothing ends before it starts.
        alert.Resolve(effects.Now > alert.StartedAt ? effects.Now : alert.StartedAt, because);
        await ExecuteAsync(connection, "delete from alert_states where space_key = $1 and kind = $2", cancellationToken, alert.SpaceKey, alert.Kind);
        await AlertRows.UpdateAsync(connection, alert, cancellationToken);
        AlertNews.Resolved(alert, effects);
    }

    /// <summary>Locks a space against removal and its state against the hot path, always in this order; null where it is gone.</summary>
    public static async Task<(int Key, Guid LocationId, bool IsEnabled, string Severity)?> LockSpaceAsync(
        NpgsqlConnection connection, Guid spaceId, AlertKind kind, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select s.key, s.location_id, coalesce(r.enabled, true), coalesce(r.severity, $3)
            from spaces s left join alert_rules r on r.space_id = s.id and r.kind = $2
            where s.id = $1 and not s.removed for share of s
            """, connection)
        {
            Parameters = { new() { Value = spaceId }, new() { Value = kind.Name }, new() { Value = kind.Severity } },
        };
        (int, Guid, bool, string) space;

        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            if (!await reader.ReadAsync(cancellationToken))
            {
                return null;
            }

            space = (reader.GetInt32(0), reader.GetGuid(1), reader.GetBoolean(2), reader.GetString(3));
        }

        // A space that has never spoken has no state to lock yet.
        await AlertStates.EnsureAsync(connection, [space.Item1], cancellationToken);
        await ExecuteAsync(connection, "select from space_states where space_key = $1 for update", cancellationToken, space.Item1);
        return space;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);

        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
