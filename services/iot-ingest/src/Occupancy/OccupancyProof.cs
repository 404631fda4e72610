using Coworking.IotIngest.Live;
using Npgsql;

namespace Coworking.IotIngest.Occupancy;

/// <summary>
/// Says again, in the same version and with present evidence, what stands of a space in which a booking waits for its client: whoever decides on a no-show
/// must be able to tell a steady space from a message of long ago. Elsewhere a steady space costs nothing.
/// </summary>
internal sealed class OccupancyProof
{
    /// <summary>How often: a few of them may be lost within the five minutes for which reservations takes evidence to be present.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    // From before the start, so that the first proof is there when the start has come.
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    // A dwell that runs means that the newest samples speak against what was said: then there is nothing to repeat.
    private static readonly string Sql = $"""
        select s.key, s.id, s.location_id, coalesce(st.occupancy, o.head_count), greatest(o.last_sample_at, case when st.occupancy is not null then st.latest_at end),
            {OccupancyStates.Columns}
        {OccupancyWatch.From}
        where o.state <> 'unknown' and o.dwell_since is null and not ({OccupancyWatch.IsLost}) and s.key <> all($3) and exists (
            select from bookings b where b.space_id = s.id and b.status = 'confirmed' and b.blocked_until > $1 and b.blocked_from <= $2)
        """;

    // Of the lease's holder alone: a new one begins by saying all of it once more.
    private readonly Dictionary<int, DateTimeOffset> _said = [];

    /// <returns>Of how many spaces it was said again.</returns>
    public async Task<int> SayAsync(NpgsqlDataSource database, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var key in _said.Where(said => said.Value <= now - Every).Select(said => said.Key).ToList())
        {
            _said.Remove(key);
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var (effects, keys) = (new Effects(now), new List<int>());

        // No lock: what changes meanwhile is said in a later version, and this one is then dropped.
        await using (var command = new NpgsqlCommand(Sql, connection))
        {
            command.Parameters.Add(new() { Value = now.UtcDateTime });
            command.Parameters.Add(new() { Value = (now + Ahead).UtcDateTime });
            command.Parameters.Add(new() { Value = _said.Keys.ToArray() });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);

            while (await reader.ReadAsync(cancellationToken))
            {
                keys.Add(reader.GetInt32(0));
                var said = OccupancyStates.Read(reader, 5);
                var proof = said with
                {
                    HeadCount = reader.IsDBNull(3) ? null : reader.GetInt32(3),
                    Evidence = said.Evidence with { LastSampleAt = reader.GetFieldValue<DateTimeOffset>(4) },
                };
                var id = Guid.CreateVersion7(now);
                effects.Say(id, proof.Message(id, now, reader.GetGuid(1), reader.GetGuid(2)));
            }
        }

        await effects.WriteAsync(connection, cancellationToken);
        keys.ForEach(key => _said[key] = now);
        return keys.Count;
    }
}
