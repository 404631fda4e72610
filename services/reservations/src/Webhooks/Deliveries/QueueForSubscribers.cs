using Coworking.Reservations.Notifications;
using Npgsql;

namespace Coworking.Reservations.Webhooks.Deliveries;

/// <summary>Writes a delivery for each webhook that wants to hear of a notice, in the transaction that spreads it.</summary>
internal static class QueueForSubscribers
{
    internal static async Task Handle(NpgsqlConnection connection, IReadOnlyList<SpreadNotice> notices, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var subscribers = await SubscribersAsync(connection, cancellationToken);
        var deliveries = (
            from notice in notices
            where NoticeKinds.Events.Contains(notice.Kind)
            from subscriber in subscribers
            where subscriber.Since <= notice.CreatedAt && (subscriber.Events.Contains("*") || subscriber.Events.Contains(notice.Kind))
            let id = Guid.CreateVersion7(now)
            select (Id: id, subscriber.Webhook, notice.Key, notice.LocationId, notice.Kind, Body: WebhookBody.Of(notice, id))).ToList();

        if (deliveries.Count == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand(
            """
            insert into webhook_deliveries (id, webhook_id, notice_key, location_id, event, body, next_try_at, created_at)
            select id, webhook, key, location, event, body, $7, $7 from unnest($1, $2, $3, $4, $5, $6) as new (id, webhook, key, location, event, body)
            on conflict do nothing
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = deliveries.ConvertAll(one => one.Id) },
                new() { Value = deliveries.ConvertAll(one => one.Webhook) },
                new() { Value = deliveries.ConvertAll(one => one.Key) },
                new() { Value = deliveries.ConvertAll(one => one.LocationId) },
                new() { Value = deliveries.ConvertAll(one => one.Kind) },
                new() { Value = deliveries.ConvertAll(one => one.Body) },
                new() { Value = now },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<List<(Guid Webhook, string[] Events, DateTimeOffset Since)>> SubscribersAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // Locked against removal until the deliveries stand.
        await using var command = new NpgsqlCommand("select id, events, created_at from webhooks where active order by id for key share", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var subscribers = new List<(Guid, string[], DateTimeOffset)>();

        while (await reader.ReadAsync(cancellationToken))
        {
            subscribers.Add((reader.GetGuid(0), reader.GetFieldValue<string[]>(1), new DateTimeOffset(reader.GetDateTime(2))));
        }

        return subscribers;
    }
}
