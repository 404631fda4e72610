using Coworking.Hosting.Leases;
using Npgsql;

namespace Coworking.Reservations.Idempotency;

/// <summary>Forgets kept answers after their day, and which messages were heard. One replica at a time.</summary>
internal sealed class ForgetOldKeys(NpgsqlDataSource database, LeaseStore leases, TimeProvider clock, ILogger<ForgetOldKeys> log)
    : LeasedService("forget-old-keys", leases, clock, log)
{
    // Rows of one statement: short, so that nobody waits for it.
    private const int Chunk = 5_000;

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    private readonly TimeProvider _clock = clock;

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        var answers = await DeleteAsync(
            "delete from idempotency_keys where ctid = any (array(select ctid from idempotency_keys where created_at <= $1 limit $2))",
            now - KeptAnswer.KeptFor,
            cancellationToken);

        // The bus gives nothing again after days: what failed for so long has been parked.
        var heard = await DeleteAsync(
            "delete from inbox_messages where ctid = any (array(select ctid from inbox_messages where received_at < $1 limit $2))", now.AddDays(-7), cancellationToken);

        if (answers + heard > 0)
        {
            log.Forgotten(answers, heard);
        }
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await CountAsync(RunOnceAsync(cancellationToken));
            await Task.Delay(Every, _clock, cancellationToken);
        }
    }

    private async Task<int> DeleteAsync(string sql, object before, CancellationToken cancellationToken)
    {
        for (var deleted = 0; ;)
        {
            await using var command = database.CreateCommand(sql);
            command.Parameters.Add(new() { Value = before });
            command.Parameters.Add(new() { Value = Chunk });
            var rows = await command.ExecuteNonQueryAsync(cancellationToken);
            deleted += rows;

            if (rows < Chunk)
            {
                return deleted;
            }
        }
    }
}
