using Npgsql;

namespace Coworking.Bench;

/// <summary>A database that does a part of what it could, on any machine: the table of readings is locked most of the time.</summary>
internal static class SlowedDatabase
{
    private static readonly TimeSpan Locked = TimeSpan.FromSeconds(2);

    /// <param name="stage">Whose database.</param>
    /// <param name="free">Asked after two seconds with the lock how long it is free then; zero: it stays locked.</param>
    /// <param name="stop">Lets go.</param>
    public static async Task RunAsync(Stage stage, Func<CancellationToken, Task<TimeSpan>> free, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await using var connection = await stage.Database.OpenConnectionAsync(CancellationToken.None);
            var pause = TimeSpan.Zero;

            try
            {
                await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
                await using var command = new NpgsqlCommand("lock table iot.readings in access exclusive mode", connection, transaction);
                await command.ExecuteNonQueryAsync(CancellationToken.None);

                while (pause == TimeSpan.Zero && !stop.IsCancellationRequested)
                {
                    await Task.Delay(Locked, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    pause = await free(CancellationToken.None);
                }

                await transaction.RollbackAsync(CancellationToken.None);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DeadlockDetected)
            {
                // It locks the parent and then its partitions, a batch the other way round: this one may lose, and tries again.
                continue;
            }

            await Task.Delay(pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
