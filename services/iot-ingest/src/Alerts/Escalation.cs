using Coworking.IotIngest.Live;
using Npgsql;

namespace Coworking.IotIngest.Alerts;

/// <summary>An alert that waits for somebody is said again, louder: once per level, counted from when it was opened by the server's clock.</summary>
internal static class Escalation
{
    private const int Window = 500;

    /// <param name="database">The service's pool.</param>
    /// <param name="levels">How long an alert may wait before it reaches level 1, 2 and so on.</param>
    /// <param name="clock">The server's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How often something was escalated.</returns>
    public static async Task<int> RunAsync(NpgsqlDataSource database, IReadOnlyList<TimeSpan> levels, TimeProvider clock, CancellationToken cancellationToken)
    {
        var said = 0;

        // After a long absence several levels are due: each is said, in turn.
        foreach (var _ in levels)
        {
            var due = await DueAsync(database, levels, clock.GetUtcNow(), cancellationToken);

            foreach (var id in due)
            {
                said += await EscalateAsync(database, id, levels, clock.GetUtcNow(), cancellationToken) ? 1 : 0;
            }

            if (due.Count == 0)
            {
                break;
            }
        }

        return said;
    }

    private static bool IsDue(Alert alert, IReadOnlyList<TimeSpan> levels, DateTimeOffset now) =>
        alert is { ResolvedAt: null, AcknowledgedAt: null } && alert.EscalationLevel < levels.Count && alert.CreatedAt + levels[alert.EscalationLevel] <= now;

    private static async Task<bool> EscalateAsync(NpgsqlDataSource database, Guid id, IReadOnlyList<TimeSpan> levels, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // Judged again under the lock: somebody may have taken notice, or another replica may have been faster.
        if (await AlertBook.LockAsync(connection, id, cancellationToken) is not { } alert || !IsDue(alert, levels, now))
        {
            return false;
        }

        var effects = new Effects(now);
        alert.Escalate();
        await AlertRows.UpdateAsync(connection, alert, cancellationToken);
        AlertNews.Escalated(alert, effects);
        await effects.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private static async Task<List<Guid>> DueAsync(NpgsqlDataSource database, IReadOnlyList<TimeSpan> levels, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"""
            select id from alerts
            where resolved_at is null and acknowledged_at is null and created_at <= $1::timestamptz - ($2::interval[])[escalation_level + 1]
            order by created_at limit {Window}
            """);
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        command.Parameters.Add(new() { Value = levels.ToArray() });
        var due = new List<Guid>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        while (await reader.ReadAsync(cancellationToken))
        {
            due.Add(reader.GetGuid(0));
        }

        return due;
    }
}
