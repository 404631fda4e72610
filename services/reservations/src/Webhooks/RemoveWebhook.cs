using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.Webhooks;

/// <summary>DELETE /webhooks/:id. Its log goes with it.</summary>
internal static class RemoveWebhook
{
    internal static async Task<Results<NoContent, ProblemHttpResult>> Handle(RouteId id, NpgsqlDataSource database, CancellationToken cancellationToken) =>
        await database.ExecuteAsync("delete from webhooks where id = $1", cancellationToken, id.Value) == 1 ? TypedResults.NoContent() : WebhookRefusals.NotFound.ToProblem();
}
