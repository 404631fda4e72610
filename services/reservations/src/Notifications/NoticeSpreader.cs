using System.Text.Json;
using Coworking.Hosting.Json;
using Coworking.Hosting.Leases;
using Coworking.Hosting.Mail;
using Coworking.Reservations.Database;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Coworking.Reservations.Notifications;

/// <summary>
/// Makes notices into a mail for each recipient and a delivery for each webhook. Not done where the change happens: there it would cost every booking
/// the reading of contacts and webhooks.
/// </summary>
internal sealed class NoticeSpreader(
    NpgsqlDataSource database,
    IEnumerable<NoticesSpread> listeners,
    NotificationMetrics metrics,
    IOptions<MailOptions> mail,
    IOptions<ReservationsOptions> options,
    LeaseStore leases,
    TimeProvider clock,
    ILogger<NoticeSpreader> log) : LeasedService("notices", leases, clock, log)
{
    private const int Batch = 200;

    // How late a notice may be seen; a signal per booking would cost more than a look per second.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan CleanEvery = TimeSpan.FromHours(1);

    // Longer than an alert may stay open: iot-ingest says open alerts again, and the key of the first time is how they are known.
    private static readonly TimeSpan KeysOfAlertsFor = TimeSpan.FromDays(400);

    private readonly TimeProvider _clock = clock;

    /// <summary>One batch; how many it held.</summary>
    internal async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var notices = await TakeAsync(connection, now, cancellationToken);

        if (notices.Count > 0)
        {
            await AddMailsAsync(connection, notices, now, cancellationToken);

            foreach (var listener in listeners)
            {
                await listener(connection, notices, now, cancellationToken);
            }
        }

        await transaction.CommitAsync(cancellationToken);
        return notices.Count;
    }

    /// <summary>
    /// Forgets what is too old to be asked for: addresses are kept no longer than they are of use, and links no longer than what they offer. What still
    /// waits to be told is kept; a delivery waits without its notice.
    /// </summary>
    internal async Task ForgetAsync(CancellationToken cancellationToken)
    {
        const string Told = "n.spread_at is not null and not exists (select 1 from mails m where m.notice_key = n.key and m.status = 'pending')";
        var now = _clock.GetUtcNow();
        var before = now.AddDays(-options.Value.NoticeRetentionDays);
        await database.ExecuteAsync($"delete from notices n where n.created_at < $1 and n.kind <> all($2) and {Told}", cancellationToken, before, NoticeKinds.OfAlerts);
        await database.ExecuteAsync(
            $$"""
            with emptied as (
                update notices n set payload = '{}' where n.created_at < $1 and n.kind = any($2) and n.payload <> '{}' and {{Told}} returning n.key)
            delete from mails where notice_key in (select key from emptied)
            """,
            cancellationToken,
            before, NoticeKinds.OfAlerts);
        await database.ExecuteAsync($"delete from notices n where n.created_at < $1 and n.kind = any($2) and {Told}", cancellationToken, now - KeysOfAlertsFor, NoticeKinds.OfAlerts);
        await database.ExecuteAsync(
            "update notices set payload = payload - 'link' where kind = $1 and payload->>'link' is not null and (payload->>'expiresAt')::timestamptz <= $2",
            cancellationToken,
            NoticeKinds.Offered, now);
        await database.ExecuteAsync("delete from webhook_deliveries where created_at < $1 and status <> 'pending'", cancellationToken, before);
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        var cleanAt = _clock.GetUtcNow();

        while (!cancellationToken.IsCancellationRequested)
        {
            while (await CountAsync(RunOnceAsync(cancellationToken)) == Batch)
            {
                // More wait.
            }

            if (_clock.GetUtcNow() >= cleanAt)
            {
                await ForgetAsync(cancellationToken);
                cleanAt = _clock.GetUtcNow() + CleanEvery;
            }

            metrics.Waits(NotificationMetrics.Notice, await database.WaitingAsync("notices where spread_at is null", _clock.GetUtcNow(), cancellationToken));
            await Task.Delay(Pause, _clock, cancellationToken);
        }
    }

    /// <summary>Marks and reads in one statement: rows that were locked first would be written twice. Whoever meets a mark of another waits for it and leaves the row.</summary>
    private static async Task<List<SpreadNotice>> TakeAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
            with n as (
                update notices set spread_at = $1
                where key = any(array(select key from notices where spread_at is null order by created_at limit {Batch})) and spread_at is null
                returning *)
            select {SpreadNotice.Columns} from {SpreadNotice.Tables} order by n.created_at
            """,
            connection)
        {
            Parameters = { new() { Value = now } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var notices = new List<SpreadNotice>();

        while (await reader.ReadAsync(cancellationToken))
        {
            notices.Add(SpreadNotice.Read(reader));
        }

        return notices;
    }

    private async Task AddMailsAsync(NpgsqlConnection connection, List<SpreadNotice> notices, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var mails = notices.SelectMany(notice => Recipients(notice).Select(recipient => (notice.Key, recipient.Address, recipient.Audience))).ToList();
        await using var command = new NpgsqlCommand(
            """
            insert into mails (notice_key, recipient, audience, next_try_at, created_at)
            select key, recipient, audience, $4, $4 from unnest($1, $2, $3) as new (key, recipient, audience)
            on conflict do nothing
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = mails.Select(one => one.Key).ToArray() },
                new() { Value = mails.Select(one => one.Address).ToArray() },
                new() { Value = mails.Select(one => one.Audience).ToArray() },
                new() { Value = now },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The client before the house: who is both is told as the client.</summary>
    private IEnumerable<(string Address, string Audience)> Recipients(SpreadNotice notice)
    {
        if (NoticeKinds.ForClients.Contains(notice.Kind))
        {
            var client = JsonSerializer.Deserialize<BookingNotice>(notice.Payload, JsonSetup.Wire)!.ClientEmail;

            // A house that booked for somebody keeps it in its calendar: it hears of the move as the house.
            if (notice.Kind != NoticeKinds.PassedOn || !notice.ToldOtherwise.Contains(client, StringComparer.OrdinalIgnoreCase))
            {
                yield return (client, Audience.Client);
            }
        }

        if (NoticeKinds.ForHouses.Contains(notice.Kind))
        {
            var keepers = notice.Kind == NoticeKinds.Left ? Keepers(notice) : [];
            var addresses = notice.Kind == NoticeKinds.WebhookDisabled && !string.IsNullOrEmpty(mail.Value.AdminAddress) ? [mail.Value.AdminAddress] : notice.Contacts;

            foreach (var address in addresses.Except(keepers, StringComparer.OrdinalIgnoreCase))
            {
                yield return (address, Audience.House);
            }
        }
    }

    /// <summary>Who has the booking in the calendar still, as a house or as its client; and who had it, who was told as the client.</summary>
    private static string[] Keepers(SpreadNotice notice)
    {
        var told = JsonSerializer.Deserialize<BookingNotice>(notice.Payload, JsonSetup.Wire)!;
        return [.. notice.ToldOtherwise, told.ClientEmail, told.NowWith ?? told.ClientEmail];
    }
}

/// <summary>As whom somebody is told.</summary>
internal static class Audience
{
    internal const string Client = "client";
    internal const string House = "house";
}
