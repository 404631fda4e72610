using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Coworking.Reservations.Webhooks;

/// <summary>POST /webhooks/:id/rotate-secret. The next try of any delivery is signed with the new secret; the old one is worth nothing at once.</summary>
internal static class RotateSecret
{
    internal static async Task<Results<Ok<WebhookRow.WithSecret>, ProblemHttpResult>> Handle(
        RouteId id, ReservationsDb db, TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var outcome = await db.DecideAsync<WebhookRow.WithSecret>(
            async token =>
            {
                if (await db.LockWebhookAsync(id, token) is not { } webhook)
                {
                    return WebhookRefusals.NotFound;
                }

                webhook.RotateSecret(now);
                await db.SaveChangesAsync(token);
                return WebhookRow.Of(webhook).Showing(webhook.Secret);
            },
            cancellationToken);

        return outcome.IsRefused(out var refused, out var row) ? refused.ToProblem() : TypedResults.Ok(row);
    }
}
