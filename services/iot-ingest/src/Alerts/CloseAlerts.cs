using Coworking.IotIngest.Live;
using Npgsql;

namespace Coworking.IotIngest.Alerts;

/// <summary>What becomes of open alerts when their space changes.</summary>
internal static class CloseAlerts
{
    /// <summary>A space that is gone has no open alerts.</summary>
    public static async Task OfSpaceAsync(NpgsqlConnection connection, Guid spaceId, Effects effects, CancellationToken cancellationToken)
    {
        await LockStateAsync(connection, spaceId, cancellationToken);
        await using var forget = new NpgsqlCommand("delete from alert_states st using spaces s where s.key = st.space_key and s.id = $1", connection);
        forget.Parameters.Add(new() { Value = spaceId });
        await forget.ExecuteNonQueryAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"select {AlertReader.Columns} from alerts a where a.space_id = $1 and a.resolved_at is null for update", connection);
        command.Parameters.Add(new() { Value = spaceId });

        foreach (var alert in await AlertReader.AllAsync(command, cancellationToken))
        {
            await AlertBook.ResolveAsync(connection, alert, AlertResolution.SpaceRemoved, effects, cancellationToken);
        }
    }

    /// <summary>A space that moves takes its open alerts along, and they are said again with their new place; resolved ones stay where they happened.</summary>
    public static async Task MoveAsync(NpgsqlConnection connection, Guid spaceId, Guid locationId, Effects effects, CancellationToken cancellationToken)
    {
        await LockStateAsync(connection, spaceId, cancellationToken);
        await using var command = new NpgsqlCommand($"""
            update alerts a set location_id = $2, version = a.version + 1 where a.space_id = $1 and a.resolved_at is null and a.location_id <> $2
            returning {AlertReader.Columns}
            """, connection);
        command.Parameters.Add(new() { Value = spaceId });
        command.Parameters.Add(new() { Value = locationId });

        foreach (var alert in await AlertReader.AllAsync(command, cancellationToken))
        {
            AlertNews.Opened(alert, effects);
        }
    }

    // First, as the hot path does, so that a batch in flight does not open what is being closed.
    private static async Task LockStateAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select from space_states st join spaces s on s.key = st.space_key where s.id = $1 for update of st", connection);
        command.Parameters.Add(new() { Value = spaceId });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
