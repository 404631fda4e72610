using Coworking.Hosting.Http;
using Coworking.Hosting.Leases;
using Coworking.Hosting.Mail;
using Coworking.Reservations.Database;
using Microsoft.Extensions.Options;
using Npgsql;
using Polly;

namespace Coworking.Reservations.Notifications.Mails;

/// <summary>
/// Brings mails to the mail server. A mail is claimed before it is sent and settled after the server took it, so each is told once, unless its courier dies
/// between the two: SMTP knows no transaction, and a second copy with the same Message-ID is better than none.
/// </summary>
internal sealed class MailCourier(
    NpgsqlDataSource database,
    Mailer mailer,
    NotificationMetrics metrics,
    IOptions<MailOptions> options,
    LeaseStore leases,
    TimeProvider clock,
    ILogger<MailCourier> log) : LeasedService("mails", leases, clock, log)
{
    private const int Batch = 16;

    // Mail servers limit the connections of one client.
    private const int AtOnce = 4;

    // The first rungs are the mailer's own: 2, 4 and 8 s without giving the claim away.
    private const int RungsOfTheMailer = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _clock = clock;
    private readonly ResiliencePipeline _patience = Patience.With(clock);

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
            log.NoMailServer();
        }

        while (!cancellationToken.IsCancellationRequested)
        {
            while (mailer.IsConfigured && await CountAsync(RunOnceAsync(cancellationToken)) == Batch)
            {
                // More are due.
            }

            metrics.Waits(NotificationMetrics.Mail, await database.WaitingAsync("mails where status = 'pending'", _clock.GetUtcNow(), cancellationToken));
            await Task.Delay(Pause, _clock, cancellationToken);
        }
    }

    /// <summary>Never throws: what happens to one mail is nothing to the others of its batch.</summary>
    private async Task DeliverAsync(DueMail mail, CancellationToken stopping)
    {
        try
        {
            await TryAsync(mail, stopping);
        }
#pragma warning disable CA1031 // Its claim ends, and then it is tried again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.MailNotSettled(e, mail.Kind, mail.Id);
        }
    }

    private async Task TryAsync(DueMail mail, CancellationToken stopping)
    {
        try
        {
            if (mail.IsStale(_clock.GetUtcNow()))
            {
                await SettleAsync(mail, "dropped", error: "no longer true");
                return;
            }

            stopping.ThrowIfCancellationRequested();
            await mailer.SendAsync(MailWriter.Write(mail, options.Value.From), stopping);
            await SettleAsync(mail, "sent", error: null);
            metrics.Delivered(NotificationMetrics.Mail);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await WriteAsync("update mails set tries = tries - 1, next_try_at = $3 where id = $1 and tries = $2", mail.Id, mail.Tries, _clock.GetUtcNow());
        }
        catch (MailNotTakenException e)
        {
            await PostponeAsync(mail, e.Message, e.IsFinal);
        }
#pragma warning disable CA1031 // A certificate that is not valid, a fault of ours: whatever it is, it goes up the ladder and can be read in last_error.
        catch (Exception e) when (!Patience.IsBlip(e))
#pragma warning restore CA1031
        {
            await PostponeAsync(mail, $"{e.GetType().Name}: {e.Message}", isFinal: false);
        }
    }

    private async Task PostponeAsync(DueMail mail, string reason, bool isFinal)
    {
        metrics.Failed(NotificationMetrics.Mail);

        if (!isFinal && Ladder.After(mail.Tries + RungsOfTheMailer) is { } pause)
        {
            log.MailPostponed(mail.Kind, mail.Id, pause, reason);
            await WriteAsync(
                "update mails set next_try_at = $3, last_error = $4 where id = $1 and tries = $2 and status = 'pending'",
                mail.Id, mail.Tries, _clock.GetUtcNow() + pause, Brief(reason));
            return;
        }

        metrics.GivenUp(NotificationMetrics.Mail);
        log.MailGivenUp(mail.Kind, mail.Id, mail.Tries, reason);
        await SettleAsync(mail, "failed", Brief(reason));
    }

    private async Task WriteAsync(string sql, params object[] values) =>
        await _patience.ExecuteAsync(async _ => await database.ExecuteAsync(sql, CancellationToken.None, values), CancellationToken.None);

    /// <summary>Ends a mail, and notes on its booking what its client has been told.</summary>
    private async Task SettleAsync(DueMail mail, string status, string? error) =>
        await _patience.ExecuteAsync(async _ => await SettleOnceAsync(mail, status, error), CancellationToken.None);

    private async Task SettleOnceAsync(DueMail mail, string status, string? error)
    {
        await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new("update mails set status = $3, settled_at = $4, last_error = $5 where id = $1 and tries = $2 and status = 'pending'")
        {
            Parameters =
            {
                new() { Value = mail.Id },
                new() { Value = mail.Tries },
                new() { Value = status },
                new() { Value = _clock.GetUtcNow() },
                new() { Value = (object?)error ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text },
            },
        });

        if (mail.Kind == NoticeKinds.Offered)
        {
            // The link is in the client's hands; whoever reads this database has no use for it.
            batch.BatchCommands.Add(new("update notices set payload = payload - 'link' where key = $1") { Parameters = { new() { Value = mail.NoticeKey } } });
        }

        if (status == "sent" && mail.Audience == Audience.Client && Note(mail) is { } note)
        {
            batch.BatchCommands.Add(note);
        }

        await batch.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private static NpgsqlBatchCommand? Note(DueMail mail)
    {
        var isReminder = NoticeKinds.IsReminder(mail.Kind);

        if (!isReminder && !NoticeKinds.Confirmations.Contains(mail.Kind))
        {
            return null;
        }

        var booking = mail.Told<BookingNotice>();
        // Of the client that has it now: what another was told before a move is no word to this one.
        return new(isReminder
            ? "update bookings set reminder_sent = true where id = $1 and client_email_key = $2 and start_time = $3"
            : "update bookings set confirmation_sent = true where id = $1 and client_email_key = $2 and $3 is not null")
        {
            Parameters = { new() { Value = booking.BookingId }, new() { Value = EmailAddress.Key(booking.ClientEmail) }, new() { Value = booking.StartTime } },
        };
    }

    private static string Brief(string text) => text.Length <= 500 ? text : text[..500];
}
