using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Coworking.Reservations.Webhooks;

/// <summary>POST /webhooks/:id/deliveries/:deliveryId/replay. The same delivery, id and body included, with all its tries again.</summary>
internal static class ReplayDelivery
{
    private const string Sql = """
        update webhook_deliveries d set status = 'pending', tries = 0, next_try_at = $3, settled_at = null
        from webhooks w
        where d.id = $2 and d.webhook_id = $1 and w.id = d.webhook_id and w.active and d.status <> 'pending'
        """;

    internal static async Task<Results<Accepted<DeliveryRow>, ProblemHttpResult>> Handle(
        RouteId id, RouteId deliveryId, ReservationsDb db, TimeProvider clock, CancellationToken cancellationToken)
    {
        var isReplayed = await db.ExecuteAsync(Sql, cancellationToken, id.Value, deliveryId.Value, clock.GetUtcNow()) == 1;

        // Why not is asked only where it was not done.
        if (await DeliveryRow.FindAsync(db, id, deliveryId, cancellationToken) is not { } row)
        {
            return WebhookRefusals.DeliveryNotFound.ToProblem();
        }

        return isReplayed ? TypedResults.Accepted($"/api/v1/webhooks/{id.Value}/deliveries", row)
            : row.Status == DeliveryRow.Pending ? WebhookRefusals.DeliveryPending.ToProblem()
            : WebhookRefusals.Disabled.ToProblem();
    }
}
