using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.Webhooks;

/// <summary>GET /webhooks/:id.</summary>
internal static class GetWebhook
{
    private const string Sql = $"select {WebhookRow.Columns} from webhooks where id = $1";

    internal static async Task<Results<Ok<WebhookRow>, ProblemHttpResult>> Handle(RouteId id, NpgsqlDataSource database, CancellationToken cancellationToken) =>
        await database.FindAsync(Sql, WebhookRow.Read, cancellationToken, id.Value) is { } row ? TypedResults.Ok(row) : WebhookRefusals.NotFound.ToProblem();
}
