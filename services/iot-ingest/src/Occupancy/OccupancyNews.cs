using Coworking.IotIngest.Live;
using Npgsql;

namespace Coworking.IotIngest.Occupancy;

/// <summary>What others ask of the occupancy of spaces.</summary>
internal static class OccupancyNews
{
    /// <summary>Says again what was said last of every space; of a space of which nothing was ever said nothing is known, and nothing is said.</summary>
    public static async Task SayAgainAsync(NpgsqlConnection connection, Effects effects, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            select s.id, s.location_id, {OccupancyStates.Columns} from occupancy_states o join spaces s on s.key = o.space_key where not s.removed and o.version > 0
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            var id = Guid.CreateVersion7(effects.Now);
            effects.Say(id, OccupancyStates.Read(reader, 2).Message(id, effects.Now, reader.GetGuid(0), reader.GetGuid(1)));
        }
    }

    /// <summary>A space that is gone has no occupancy. Its version stays and grows: should the space come back, whoever goes by versions must believe what is said then.</summary>
    public static async Task ForgetAsync(NpgsqlConnection connection, Guid spaceId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            update occupancy_states o set version = o.version + 1, state = 'unknown', since = $2, head_count = null, sample_count = 0, last_sample_at = null,
                sensor_health = 'silent', dwell_occupied = null, dwell_since = null
            from spaces s where s.key = o.space_key and s.id = $1
            """, connection);
        command.Parameters.Add(new() { Value = spaceId });
        command.Parameters.Add(new() { Value = now });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
