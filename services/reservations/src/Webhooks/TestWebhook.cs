using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Coworking.Reservations.Webhooks.Deliveries;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Coworking.Reservations.Webhooks;

/// <summary>POST /webhooks/:id/test. One delivery, tried once and now; its outcome is the answer, and nothing is switched off for it.</summary>
internal static class TestWebhook
{
    internal static async Task<Results<Ok<DeliveryRow>, ProblemHttpResult>> Handle(
        RouteId id, ReservationsDb db, WebhookSender sender, TimeProvider clock, CancellationToken cancellationToken)
    {
        var target = await db.FindAsync(
            "select url, secret from webhooks where id = $1", reader => new Target(reader.GetString(0), reader.GetString(1)), cancellationToken, id.Value);

        if (target is null)
        {
            return WebhookRefusals.NotFound.ToProblem();
        }

        var now = clock.GetUtcNow();
        var deliveryId = Guid.CreateVersion7(now);
        var body = WebhookBody.OfTest(deliveryId, id, now);
        var answer = await sender.SendAsync(new WebhookCall(deliveryId, target.Url, target.Secret, WebhookBody.Test, body), cancellationToken);
        await db.ExecuteAsync(
            """
            insert into webhook_deliveries (id, webhook_id, event, body, status, tries, next_try_at, last_status_code, last_error, created_at, settled_at)
            select $1, w.id, $3, $4, $5, 1, $6, nullif($7, 0), nullif($8, ''), $6, $6 from webhooks w where w.id = $2
            """,
            cancellationToken,
            deliveryId, id.Value, WebhookBody.Test, body, answer.IsTaken ? "delivered" : "failed", now, answer.StatusCode ?? 0, answer.Error ?? "");
        return await DeliveryRow.FindAsync(db, id, deliveryId, cancellationToken) is { } row ? TypedResults.Ok(row) : WebhookRefusals.NotFound.ToProblem();
    }

    private sealed record Target(string Url, string Secret);
}
