using Coworking.Contracts;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Live;
using Npgsql;

namespace Coworking.IotIngest.Alerts;

/// <summary>A space that is gone has no open alerts.</summary>
internal static class CloseAlerts
{
    public static async Task OfSpaceAsync(NpgsqlConnection connection, Guid spaceId, Effects effects, CancellationToken cancellationToken)
    {
        // The state row first, as the hot path does, so that a batch in flight does not open what is being closed.
        await ExecuteAsync("select from space_states st join spaces s on s.key = st.space_key where s.id = $1 for update of st");
        await ExecuteAsync("delete from alert_states st using spaces s where s.key = st.space_key and s.id = $1");
        await using var command = new NpgsqlCommand($"select {AlertReader.Columns} from alerts a where a.space_id = $1 and a.resolved_at is null for update", connection);
        command.Parameters.Add(new() { Value = spaceId });

        foreach (var alert in await AlertReader.AllAsync(command, cancellationToken))
        {
            alert.Resolve(Micros.Of(effects.Now), AlertResolution.SpaceRemoved);
            await using var update = new NpgsqlCommand("update alerts set resolved_at = $2, resolution = $3, version = $4 where id = $1", connection);
            update.Parameters.Add(new() { Value = alert.Id });
            update.Parameters.Add(new() { Value = alert.ResolvedAt!.Value.UtcDateTime });
            update.Parameters.Add(new() { Value = alert.Resolution! });
            update.Parameters.Add(new() { Value = alert.Version });
            await update.ExecuteNonQueryAsync(cancellationToken);
            var id = Guid.CreateVersion7(effects.Now);
            effects.Say(id, new AlertResolved(id, effects.Now, alert.Version, alert.Facts(), AlertResolution.SpaceRemoved, Note: null));
            effects.Show("alert", alert.SpaceId, alert.LocationId, AlertEvent.Of("resolved", alert));
        }

        async Task ExecuteAsync(string sql)
        {
            await using var statement = new NpgsqlCommand(sql, connection);
            statement.Parameters.Add(new() { Value = spaceId });
            await statement.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
