using Coworking.Hosting.Leases;
using Coworking.Reservations.Database;
using Coworking.Reservations.Notifications;
using Npgsql;
using Polly;

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
    private readonly ResiliencePipeline _patience = Patience.With(clock);

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

    /// <summary>Never throws: what happens to one delivery is nothing to the others.</summary>
    private async Task DeliverAsync(Delivery delivery, CancellationToken stopping)
    {
        try
        {
            await TryAsync(delivery, stopping);
        }
#pragma warning disable CA1031 // Its claim ends, and then it is tried again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.DeliveryNotSettled(e, delivery.Id, delivery.WebhookId);
        }
    }

    private async Task TryAsync(Delivery delivery, CancellationToken stopping)
    {
        try
        {
            var answer = await SendAsync(delivery, stopping);

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
            await WriteAsync("update webhook_deliveries set tries = tries - 1, next_try_at = $3 where id = $1 and tries = $2", delivery.Id, delivery.Tries, _clock.GetUtcNow());
        }
    }

    private async Task<WebhookAnswer> SendAsync(Delivery delivery, CancellationToken stopping)
    {
        try
        {
            return await sender.SendAsync(new WebhookCall(delivery.Id, delivery.Url, delivery.Secret, delivery.Event, delivery.Body), stopping);
        }
#pragma warning disable CA1031 // A fault of ours is a try that failed: it goes up the ladder and can be read in lastError.
        catch (Exception e) when (!stopping.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return new WebhookAnswer(null, $"{e.GetType().Name}: {e.Message}");
        }
    }

    private async Task<int> WriteAsync(string sql, params object[] values) =>
        await _patience.ExecuteAsync(async _ => await database.ExecuteAsync(sql, CancellationToken.None, values), CancellationToken.None);

    private async Task NoteAsync(Delivery delivery, string status, WebhookAnswer answer, DateTimeOffset? nextTryAt)
    {
        var now = _clock.GetUtcNow();
        await WriteAsync(
            """
            update webhook_deliveries set status = $3, last_status_code = nullif($4, 0), last_error = nullif($5, ''), next_try_at = $6,
                settled_at = case when $3 = 'pending' then null else $7 end
            where id = $1 and tries = $2 and status = 'pending'
            """,
            delivery.Id, delivery.Tries, status, answer.StatusCode ?? 0, answer.Error ?? "", nextTryAt ?? now, now);
    }

    /// <summary>
    /// The webhook took nothing for twenty hours: it is switched off, once, and somebody is told. One that took others meanwhile refuses this body only,
    /// and stays on.
    /// </summary>
    private async Task SwitchOffAsync(Delivery delivery, string error)
    {
        var now = _clock.GetUtcNow();
        var notice = Notice.Of(
            $"webhook/{delivery.WebhookId}/disabled/{delivery.Id}", NoticeKinds.WebhookDisabled, delivery.LocationId, new WebhookNotice(delivery.WebhookId, delivery.Url, error), now);
        var isOff = await WriteAsync(
            """
            with off as (
                update webhooks set active = false, disabled_at = $2, disabled_reason = $3, updated_at = $2
                where id = $1 and active
                    and not exists (select 1 from webhook_deliveries where webhook_id = $1 and status = 'delivered' and settled_at >= $8)
                returning id)
            insert into notices (key, kind, location_id, payload, created_at)
            select $4, $5, (select location_id from webhook_deliveries where id = $6), $7::jsonb, $2 from off
            on conflict (key) do nothing
            """,
            delivery.WebhookId, now, error, notice.Key, notice.Kind, delivery.Id, notice.Payload, now - Ladder.Height) == 1;

        if (isOff)
        {
            log.WebhookDisabled(delivery.WebhookId, new Uri(delivery.Url).Host, error);
        }
    }

    /// <summary>A delivery that this courier has taken on; ours only while its number of tries stands so.</summary>
    private sealed record Delivery(Guid Id, Guid WebhookId, int Tries, string Event, string Body, Guid? LocationId, string Url, string Secret);
}
