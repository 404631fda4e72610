using System.Text.Json;
using Coworking.Hosting.Json;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Npgsql;

namespace Coworking.IotIngest.Live;

/// <summary>Reads what streams show: the log of events, and the newest sample of spaces.</summary>
internal sealed class LiveLog(NpgsqlDataSource database, SpaceDirectory spaces)
{
    /// <summary>How long events can be replayed.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    private sealed record Telemetry(Guid SpaceId, Dictionary<string, object?> Payload, DateTimeOffset Ts);

    /// <summary>Id of the oldest event that is kept and of the newest; null and 0 for an empty log.</summary>
    public async Task<(long? Oldest, long Newest)> BoundsAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select min(id), coalesce(max(id), 0) from live_events");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.IsDBNull(0) ? null : reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>Events after one id and up to another, in order.</summary>
    public async Task<List<LiveFrame>> EventsAsync(long after, long upTo, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select id, name, space_id, location_id, data from live_events where id > $1 and id <= $2 order by id limit $3");
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = upTo });
        command.Parameters.Add(new() { Value = limit });
        var frames = new List<LiveFrame>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            frames.Add(LiveFrame.Of(reader.GetInt64(0), reader.GetString(1), reader.GetGuid(2), reader.GetGuid(3), reader.GetString(4)));
        }

        return frames;
    }

    /// <summary>The newest sample of these spaces (all where null), as telemetry frames.</summary>
    public async Task<List<LiveFrame>> LatestAsync(int[]? spaceKeys, CancellationToken cancellationToken)
    {
        var metrics = string.Join(", ", Metric.All.Select(metric => metric.Wire));
        await using var command = database.CreateCommand($"select space_key, latest_at, {metrics}, power_ok, door_open from space_states where latest_at > '-infinity' and ($1::int[] is null or space_key = any($1))");
        command.Parameters.Add(new NpgsqlParameter<int[]?> { TypedValue = spaceKeys });
        var frames = new List<LiveFrame>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            if (spaces.TryGet(reader.GetInt32(0), out var space))
            {
                var at = reader.GetFieldValue<DateTimeOffset>(1);
                var data = new Telemetry(space.Id, Payload(reader, at, space), at);
                frames.Add(LiveFrame.Of(id: null, "telemetry", space.Id, space.LocationId, JsonSerializer.Serialize(data, JsonSetup.Wire)));
            }
        }

        return frames;
    }

    private static Dictionary<string, object?> Payload(NpgsqlDataReader reader, DateTimeOffset at, Space space)
    {
        var payload = new Dictionary<string, object?> { ["ts"] = at };

        for (var i = 0; i < Metric.Count; i++)
        {
            var value = reader.IsDBNull(2 + i) ? (double?)null : Metric.All[i].Value(reader.GetInt32(2 + i));

            // The five of the firmware are always there; the later ones only where a device has them.
            if (value is not null || i <= Metric.PowerW)
            {
                payload[Metric.All[i].Wire] = value;
            }
        }

        payload["outOfHours"] = !space.IsOpenAt(Micros.Of(at));
        return payload;
    }
}
