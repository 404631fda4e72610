using Coworking.Hosting.Leases;
using Coworking.Hosting.Mail;
using Npgsql;

namespace Coworking.Gateway.Accounts.Mails;

/// <summary>
/// Brings the mails of accounts to the mail server. Claimed before it is sent and settled after the server took it, each is told once, unless its courier dies between the two;
/// what was not taken is tried again for a day.
/// </summary>
internal sealed class AccountCourier(
    NpgsqlDataSource database, Mailer mailer, AccountOptions options, LeaseStore leases, TimeProvider clock, ILogger<AccountCourier> log)
    : LeasedService("account-mails", leases, clock, log)
{
    private const int Batch = 16;

    // Mail servers limit the connections of one client.
    private const int AtOnce = 4;

    // Somebody waits in front of an empty inbox.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstRung = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LastRung = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan GivenUpAfter = TimeSpan.FromHours(24);

    private readonly TimeProvider _clock = clock;

    /// <summary>One batch; how many it held.</summary>
    internal async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var mails = await DueMail.ClaimAsync(database, _clock.GetUtcNow(), Batch, cancellationToken);
        // Not stopped from outside: what is claimed is sent or given back.
        await Parallel.ForEachAsync(mails, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (mail, _) => await DeliverAsync(mail, cancellationToken));
        return mails.Count;
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        if (!mailer.IsConfigured)
        {
            GatewayLog.NoMailServer(log);
        }

        while (!cancellationToken.IsCancellationRequested)
        {
            while (mailer.IsConfigured && await CountAsync(RunOnceAsync(cancellationToken)) == Batch)
            {
                // More are due.
            }

            await Task.Delay(Pause, _clock, cancellationToken);
        }
    }

    /// <summary>Never throws: what happens to one mail is nothing to the others of its batch.</summary>
    private async Task DeliverAsync(DueMail mail, CancellationToken stopping)
    {
        try
        {
            if (mail.IsPointless)
            {
                await SettleAsync(mail, "dropped", error: null);
                return;
            }

            stopping.ThrowIfCancellationRequested();
            var token = mail.HasLink ? await MailedTokens.CreateAsync(database, mail.Id, mail.Kind, mail.Reader!.Id, _clock.GetUtcNow(), stopping) : null;

            if (mail.HasLink && token is null)
            {
                // Withdrawn since it was claimed.
                return;
            }

            await mailer.SendAsync(AccountLetters.Write(mail, token, options.PublicUrl), stopping);
            await SettleAsync(mail, "sent", error: null);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await WriteAsync("update account_mails set tries = tries - 1, next_try_at = $3 where id = $1 and tries = $2", mail, _clock.GetUtcNow());
        }
        catch (MailNotTakenException e) when (e.IsFinal || _clock.GetUtcNow() - mail.AskedAt > GivenUpAfter)
        {
            GatewayLog.MailGivenUp(log, mail.Kind, mail.Id, mail.Tries, e.Message);
            await SettleAsync(mail, "failed", e.Message);
        }
#pragma warning disable CA1031 // Whatever it is, the mail is tried again, and the reason can be read in last_error.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await PostponeAsync(mail, $"{e.GetType().Name}: {e.Message}");
        }
    }

    private async Task PostponeAsync(DueMail mail, string reason)
    {
        var pause = TimeSpan.FromTicks(Math.Min(LastRung.Ticks, FirstRung.Ticks << Math.Min(mail.Tries - 1, 10)));
        GatewayLog.MailPostponed(log, mail.Kind, mail.Id, pause, reason);

        try
        {
            await WriteAsync("update account_mails set next_try_at = $3, last_error = $4 where id = $1 and tries = $2 and status = 'pending'", mail, _clock.GetUtcNow() + pause, Brief(reason));
        }
        catch (NpgsqlException e)
        {
            // Its claim ends, and then it is tried again.
            GatewayLog.MailPostponed(log, mail.Kind, mail.Id, pause, e.Message);
        }
    }

    private Task SettleAsync(DueMail mail, string status, string? error) =>
        WriteAsync("update account_mails set status = $3, settled_at = $4, last_error = $5 where id = $1 and tries = $2 and status = 'pending'", mail, status, _clock.GetUtcNow(), Brief(error));

    private async Task WriteAsync(string sql, DueMail mail, params object?[] values)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = mail.Id });
        command.Parameters.Add(new() { Value = mail.Tries });

        foreach (var value in values)
        {
            command.Parameters.Add(value is null ? new() { Value = DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text } : new() { Value = value });
        }

        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private static string? Brief(string? text) => text is { Length: > 500 } ? text[..500] : text;
}
