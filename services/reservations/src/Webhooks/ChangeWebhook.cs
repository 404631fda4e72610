using System.ComponentModel.DataAnnotations;
using Coworking.Hosting.Http;
using Coworking.Hosting.Json;
using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Database;
using Coworking.Reservations.Webhooks.Deliveries;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Coworking.Reservations.Webhooks;

/// <summary>PATCH /webhooks/:id. Only what is named changes. Switched on again, it gets what was waiting for it.</summary>
internal static class ChangeWebhook
{
    internal sealed record Request(
        [property: Format("uri"), StringLength(2000)] Optional<string> Url,
        [property: MinLength(1)] Optional<string[]> Events,
        [property: StringLength(500)] Optional<string> Description,
        Optional<bool> Active);

    internal static async Task<Results<Ok<WebhookRow>, ProblemHttpResult>> Handle(
        RouteId id, Request request, ReservationsDb db, SafeTargets targets, IOptions<WebhookOptions> options, TimeProvider clock, CancellationToken cancellationToken)
    {
        // Names are looked up before anything is locked: a slow name server must not hold a transaction.
        if (request.Url is { IsGiven: true, Value: { } url } && Uri.IsWellFormedUriString(url, UriKind.Absolute) && await targets.RefuseAsync(url, cancellationToken) is { } forbidden)
        {
            return WebhookRefusals.Forbidden(forbidden).ToProblem();
        }

        var now = clock.GetUtcNow();
        var outcome = await db.DecideAsync<WebhookRow>(
            async token =>
            {
                if (await db.LockWebhookAsync(id, token) is not { } webhook)
                {
                    return WebhookRefusals.NotFound;
                }

                if (Over(WebhookDetails.Of(webhook), request).Check(options.Value.AllowPrivateTargets).IsRefused(out var malformed, out var details))
                {
                    return malformed;
                }

                webhook.Change(details, now);
                await db.SaveChangesAsync(token);
                return WebhookRow.Of(webhook);
            },
            cancellationToken);

        return outcome.IsRefused(out var refused, out var row) ? refused.ToProblem() : TypedResults.Ok(row);
    }

    private static WebhookDetails Over(WebhookDetails present, Request request) => new(
        request.Url.Or(present.Url), request.Events.Or(present.Events), request.Description.Or(present.Description), request.Active.Or(present.Active));
}
