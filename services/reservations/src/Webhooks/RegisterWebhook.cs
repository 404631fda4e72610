using System.ComponentModel.DataAnnotations;
using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Database;
using Coworking.Reservations.Webhooks.Deliveries;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Coworking.Reservations.Webhooks;

/// <summary>POST /webhooks. The secret is answered here and never again.</summary>
internal static class RegisterWebhook
{
    internal sealed record Request(
        [property: Required, Format("uri"), StringLength(2000)] string? Url,
        [property: Required, MinLength(1)] string[]? Events,
        [property: StringLength(500)] string? Description);

    internal static async Task<Results<Created<WebhookRow.WithSecret>, ProblemHttpResult>> Handle(
        Request request, ReservationsDb db, SafeTargets targets, IOptions<WebhookOptions> options, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (new WebhookDetails(request.Url, request.Events, request.Description).Check(options.Value.AllowPrivateTargets).IsRefused(out var malformed, out var details))
        {
            return malformed.ToProblem();
        }

        if (await targets.RefuseAsync(details.Url!, cancellationToken) is { } forbidden)
        {
            return WebhookRefusals.Forbidden(forbidden).ToProblem();
        }

        var webhook = Webhook.Register(details, clock.GetUtcNow());
        db.Webhooks.Add(webhook);
        await db.SaveChangesAsync(cancellationToken);
        return TypedResults.Created($"/api/v1/webhooks/{webhook.Id}", WebhookRow.Of(webhook).Showing(webhook.Secret));
    }
}
