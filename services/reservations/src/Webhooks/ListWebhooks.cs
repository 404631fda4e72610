using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.Webhooks;

/// <summary>GET /webhooks. Without their secrets.</summary>
internal static class ListWebhooks
{
    private static readonly ListQuery Query = new(WebhookRow.Columns, "webhooks", "id");

    internal static async Task<Ok<Page<WebhookRow>>> Handle(PageRequest page, NpgsqlDataSource database, CancellationToken cancellationToken) =>
        TypedResults.Ok(await database.PageAsync(Query, WebhookRow.Read, page, cancellationToken));
}
