using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.Webhooks;

/// <summary>GET /webhooks/:id/deliveries?status=. The newest first.</summary>
internal static class ListDeliveries
{
    private static readonly string[] Statuses = [DeliveryRow.Pending, "delivered", "failed"];

    internal static async Task<Results<Ok<Page<DeliveryRow>>, ProblemHttpResult>> Handle(
        RouteId id, PageRequest page, HttpRequest request, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var status = QueryValues.Word(request.Query, "status", Statuses);

        if (await database.FindAsync("select id from webhooks where id = $1", reader => new object(), cancellationToken, id.Value) is null)
        {
            return WebhookRefusals.NotFound.ToProblem();
        }

        var query = status is null
            ? new ListQuery(DeliveryRow.Columns, "webhook_deliveries d where d.webhook_id = $1", "d.id desc", id.Value)
            : new ListQuery(DeliveryRow.Columns, "webhook_deliveries d where d.webhook_id = $1 and d.status = $2", "d.id desc", id.Value, status);
        return TypedResults.Ok(await database.PageAsync(query, DeliveryRow.Read, page, cancellationToken));
    }
}
