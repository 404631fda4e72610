using Coworking.Hosting.Leases;
using Coworking.Reservations.Database;
using Coworking.Reservations.Notifications;
using Npgsql;

namespace Coworking.Reservations.Webhooks.Deliveries;

/// <summary>
/// Brings deliveries to webhooks, up a ladder of tries. Whoever is slow holds up nobody else: a webhook has one handful under way, and others go on.
/// </summary>
internal sealed class WebhookCourier(
    NpgsqlDataSource database, WebhookSender sender, NotificationMetrics metrics, LeaseStore leases, TimeProvider clock, ILogger<WebhookCourier> log)
    : LeasedService("webhooks", leases, clock, log)
{
    private const int AtOnce = 32;
    private const int Handful = 4;

    // Longer than a handful of tries: what is still claimed after that has lost its courier.
    private static readonly TimeSpan Claim = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private const string ClaimSql = """
        with due as (
            select d.id
            from webhooks w cross join lateral (
                select id from webhook_deliveries where webhook_id = w.id and status = 'pending' and next_try_at <= $1
                order by next_try_at, id limit $3 for update skip locked) d
            where w.active and w.id <> all($2)
            limit $4)
        update webhook_deliveries d set tries = d.tries + 1, next_try_at = $1 + $5
        from due, webhooks w
        where d.id = due.id and w.id = d.webhook_id
        returning d.id, d.webhook_id, d.tries, d.event, d.body, d.location_id, w.url, w.secret
        """;

    private readonly TimeProvider _clock = clock;

    /// <summary>One round: all that is due, a handful per webhook; how many there were.</summary>
    internal async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var deliveries = await ClaimAsync([], AtOnce, cancellationToken);
        await Task.WhenAll(deliveries.Select(delivery => DeliverAsync(delivery, cancellationToken)));
        return deliveries.Count;
    }

    protected override async Task RunWhileHeldAsync(CancellationToken cancellationToken)
    {
        var running = new Dictionary<Guid, Task>();

        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                foreach (var (webhook, work) in running.Where(one => one.Value.IsCompleted).ToList())
                {
                    running.Remove(webhook);
                    await work;
                }

                var deliveries = running.Count < AtOnce ? await CountAsync(ClaimAsync([.. running.Keys], AtOnce - running.Count, cancellationToken)) : [];

                foreach (var handful in deliveries.GroupBy(delivery => delivery.WebhookId))
                {
                    running[handful.Key] = Task.WhenAll(handful.Select(delivery => DeliverAsync(delivery, cancellationToken)));
                }

                metrics.Waits(NotificationMetrics.Webhook, await database.WaitingAsync("webhook_deliveries where status = 'pending'", _clock.GetUtcNow(), cancellationToken));
                await Task.WhenAny([Task.Delay(Pause, _clock, cancellationToken), .. running.Values]);
            }
        }
        finally
        {
            await Task.WhenAll(running.Values);
        }
    }

    private Task<List<Delivery>> ClaimAsync(Guid[] busy, int limit, CancellationToken cancellationToken) =>
        database.ListAsync(
            ClaimSql,
            reader => new Delivery(
                reader.GetGuid(0), reader.GetGuid(1), reader.GetInt32(2), reader.GetString(3), reader.GetString(4), reader.Value<Guid>(5), reader.GetString(6), reader.GetString(7)),
            cancellationToken,
            _clock.GetUtcNow(), busy, Handful, limit, Claim);

    private async Task DeliverAsync(Delivery delivery, CancellationToken stopping)
    {
        try
        {
            var answer = await sender.SendAsync(new WebhookCall(delivery.Id, delivery.Url, delivery.Secret, delivery.Event, delivery.Body), stopping);

            if (answer.IsTaken)
            {
                metrics.Delivered(NotificationMetrics.Webhook);
                await NoteAsync(delivery, "delivered", answer, nextTryAt: null);
                return;
            }

            metrics.Failed(NotificationMetrics.Webhook);

            if (Ladder.After(delivery.Tries) is { } pause)
            {
                await NoteAsync(delivery, "pending", answer, _clock.GetUtcNow() + pause);
                return;
            }

            metrics.GivenUp(NotificationMetrics.Webhook);
            await NoteAsync(delivery, "failed", answer, nextTryAt: null);
            await SwitchOffAsync(delivery, answer.Error!);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await database.ExecuteAsync(
                "update webhook_deliveries set tries = tries - 1, next_try_at = $3 where id = $1 and tries = $2", CancellationToken.None, delivery.Id, delivery.Tries, _clock.GetUtcNow());
        }
    }

    private async Task NoteAsync(Delivery delivery, string status, WebhookAnswer answer, DateTimeOffset? nextTryAt)
    {
        var now = _clock.GetUtcNow();
        await database.ExecuteAsync(
            """
            update webhook_deliveries set status = $3, last_status_code = nullif($4, 0), last_error = nullif($5, ''), next_try_at = $6,
                settled_at = case when $3 = 'pending' then null else $7 end
            where id = $1 and tries = $2 and status = 'pending'
            """,
            CancellationToken.None,
            delivery.Id, delivery.Tries, status, answer.StatusCode ?? 0, answer.Error ?? "", nextTryAt ?? now, now);
    }

    /// <summary>Nobody took a delivery for twenty hours: the webhook is switched off, once, and somebody is told.</summary>
    private async Task SwitchOffAsync(Delivery delivery, string error)
    {
        var now = _clock.GetUtcNow();
        var notice = Notice.Of(
            $"webhook/{delivery.WebhookId}/disabled/{delivery.Id}", NoticeKinds.WebhookDisabled, delivery.LocationId, new WebhookNotice(delivery.WebhookId, delivery.Url, error), now);
        var isOff = await database.ExecuteAsync(
            """
            with off as (update webhooks set active = false, disabled_at = $2, disabled_reason = $3, updated_at = $2 where id = $1 and active returning id)
            insert into notices (key, kind, location_id, payload, created_at)
            select $4, $5, (select location_id from webhook_deliveries where id = $6), $7::jsonb, $2 from off
            on conflict (key) do nothing
            """,
            CancellationToken.None,
            delivery.WebhookId, now, error, notice.Key, notice.Kind, delivery.Id, notice.Payload) == 1;

        if (isOff)
        {
            log.WebhookDisabled(delivery.WebhookId, new Uri(delivery.Url).Host, error);
        }
    }

    /// <summary>A delivery that this courier has taken on; ours only while its number of tries stands so.</summary>
    private sealed record Delivery(Guid Id, Guid WebhookId, int Tries, string Event, string Body, Guid? LocationId, string Url, string Secret);
}
