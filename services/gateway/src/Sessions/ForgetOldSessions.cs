using Coworking.Gateway.Accounts.Mails;
using Coworking.Hosting.Leases;
using Npgsql;

namespace Coworking.Gateway.Sessions;

/// <summary>Forgets sessions that are over, tickets, links and failures that count no more, and mails that were settled. One gateway at a time.</summary>
internal sealed class ForgetOldSessions(NpgsqlDataSource database, LeaseStore leases, TimeProvider clock, ILogger<ForgetOldSessions> log)
    : LeasedService("forget-old-sessions", leases, clock, log)
{
    // Rows of one statement: short, so that nobody waits for it.
    private const int Chunk = 5_000;

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    // Whoever asks why he was signed out can be told for so long.
    private static readonly TimeSpan EndedKept = TimeSpan.FromDays(1);

    // A month: long enough to ask what became of a mail, short for addresses.
    private static readonly TimeSpan MailsKept = TimeSpan.FromDays(30);

    private readonly TimeProvider _clock = clock;

    internal async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        var rows = 0;

        foreach (var (table, condition, before) in new[]
        {
            ("sessions", "ended_at < $1", now - EndedKept),
            ("sessions", "expires_at < $1", now),
            ("refresh_tokens", "expires_at < $1", now),
            ("stream_tickets", "expires_at < $1", now),
            ("mailed_tokens", "expires_at < $1", now),
            ("login_failures", "failed_at < $1", now - TimeSpan.FromHours(1)),
            // Of addresses that may be nobody's, and that strangers name: kept only for as long as they count against the next wish.
            ("account_mails", "status = 'dropped' and settled_at < $1", now - AccountMail.Day),
            ("account_mails", "status <> 'pending' and settled_at < $1", now - MailsKept),
        })
        {
            rows += await DeleteAsync(table, condition, before, cancellationToken);
        }

        if (rows > 0)
        {
            GatewayLog.SessionsForgotten(log, rows);
        }

        return rows;
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await CountAsync(RunOnceAsync(cancellationToken));
            await Task.Delay(Every, _clock, cancellationToken);
        }
    }

    private async Task<int> DeleteAsync(string table, string condition, DateTimeOffset before, CancellationToken cancellationToken)
    {
        for (var deleted = 0; ;)
        {
            await using var command = database.CreateCommand($"delete from {table} where ctid = any (array(select ctid from {table} where {condition} limit {Chunk}))");
            command.Parameters.Add(new() { Value = before });
            var rows = await command.ExecuteNonQueryAsync(cancellationToken);
            deleted += rows;

            if (rows < Chunk)
            {
                return deleted;
            }
        }
    }
}
