using Npgsql;

namespace Coworking.Reservations.Notifications;

/// <summary>How much waits, and since when.</summary>
internal static class WaitingRows
{
    // Counted no further: whoever sees this number knows enough.
    private const int Enough = 10_000;

    /// <param name="database">The service's pool.</param>
    /// <param name="rows">Table and condition, a text of our own.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task<NotificationMetrics.Waiting> WaitingAsync(
        this NpgsqlDataSource database, string rows, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"select count(*), min(created_at) from (select created_at from {rows} limit {Enough}) waiting");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new(reader.GetInt64(0), reader.IsDBNull(1) ? 0 : Math.Max(0, (now - new DateTimeOffset(reader.GetDateTime(1))).TotalSeconds));
    }
}
