using System.Text.Json;
using Coworking.Contracts;
using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Database;
using Npgsql;

namespace Coworking.IotIngest.Spaces;

/// <summary>Reads spaces with all that judging needs: twin, hours, schedule, climate, alert rules.</summary>
internal static class SpaceReader
{
    // Samples may be as old as raw retention; so old a booking can still say whether people were expected.
    private static readonly TimeSpan ScheduleReach = TimeSpan.FromDays(31);

    public static async Task<List<Space>> ReadAsync(NpgsqlConnection connection, Guid[]? ids, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var schedules = await SchedulesAsync(connection, ids, now - ScheduleReach, cancellationToken);
        var intervals = await IntervalsAsync(connection, ids, cancellationToken);
        await using var command = new NpgsqlCommand("""
            select s.key, s.id, s.location_id, s.capacity, s.bookable, s.office_hours::text, t.desired_co2_threshold, t.desired_sampling_sec, s.climate::text,
                (select jsonb_agg(to_jsonb(r) - 'space_id') from alert_rules r where r.space_id = s.id)::text
            from spaces s left join twins t on t.space_id = s.id
            where not s.removed and ($1::uuid[] is null or s.id = any($1))
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid[]?> { TypedValue = ids });
        var spaces = new List<Space>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            var id = reader.GetGuid(1);
            spaces.Add(new Space(
                reader.GetInt32(0),
                id,
                reader.GetGuid(2),
                reader.GetInt32(3),
                reader.GetBoolean(4),
                reader.IsDBNull(5) ? null : OpeningTimes.Of(JsonSerializer.Deserialize<OfficeHours>(reader.GetString(5), JsonSerializerOptions.Web)!),
                reader.IsDBNull(6) ? Space.DefaultCo2ThresholdPpm : reader.GetInt32(6),
                TimeSpan.FromSeconds(reader.IsDBNull(7) ? Space.DefaultSamplingSeconds : reader.GetInt32(7)),
                schedules.TryGetValue(id, out var schedule) ? [.. schedule] : [],
                reader.IsDBNull(8) ? null : JsonSerializer.Deserialize<ClimateLimits>(reader.GetString(8), JsonSerializerOptions.Web),
                reader.IsDBNull(9) ? null : AlertRuleRows.Of(reader.GetString(9)),
                intervals.TryGetValue(id, out var changes) ? [.. changes] : null));
        }

        return spaces;
    }

    public static async Task<List<Guid>> LocationsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // A location that only its spaces speak of yet counts too: messages of the two kinds are not ordered among each other.
        await using var command = new NpgsqlCommand("select id from locations where not removed union select location_id from spaces where not removed", connection);
        var ids = new List<Guid>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            ids.Add(reader.GetGuid(0));
        }

        return ids;
    }

    /// <summary>Which sampling intervals were asked for, as far back as history goes: a sample that comes late is counted by what held at its time.</summary>
    private static async Task<Dictionary<Guid, List<(long, int)>>> IntervalsAsync(NpgsqlConnection connection, Guid[]? ids, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select space_id, at, sampling from (
                select space_id, at, version, (payload->>'samplingIntervalSec')::int as sampling, lag((payload->>'samplingIntervalSec')::int) over (partition by space_id order by version) as before
                from twin_history where kind = 'desired' and ($1::uuid[] is null or space_id = any($1))) h
            where sampling is distinct from before order by space_id, version
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid[]?> { TypedValue = ids });
        var intervals = new Dictionary<Guid, List<(long, int)>>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            if (!intervals.TryGetValue(reader.GetGuid(0), out var changes))
            {
                intervals[reader.GetGuid(0)] = changes = [];
            }

            changes.Add((Micros.Of(reader.GetFieldValue<DateTimeOffset>(1)), reader.GetInt32(2)));
        }

        return intervals;
    }

    private static async Task<Dictionary<Guid, List<(long, long)>>> SchedulesAsync(
        NpgsqlConnection connection, Guid[]? ids, DateTimeOffset since, CancellationToken cancellationToken)
    {
        // completed: people were expected then; a sample that comes late is judged by what held at its time.
        await using var command = new NpgsqlCommand("""
            select space_id, blocked_from, blocked_until from bookings
            where status in ('confirmed', 'in_progress', 'completed') and blocked_until > $2 and ($1::uuid[] is null or space_id = any($1))
            order by space_id, blocked_from
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid[]?> { TypedValue = ids });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = since });
        var schedules = new Dictionary<Guid, List<(long, long)>>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            var id = reader.GetGuid(0);

            if (!schedules.TryGetValue(id, out var schedule))
            {
                schedules[id] = schedule = [];
            }

            schedule.Add((Micros.Of(reader.GetFieldValue<DateTimeOffset>(1)), Micros.Of(reader.GetFieldValue<DateTimeOffset>(2))));
        }

        return schedules;
    }
}
