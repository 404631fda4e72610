using Coworking.Hosting.Problems;

namespace Coworking.Reservations.Webhooks;

/// <summary>Every "no" about webhooks.</summary>
internal static class WebhookRefusals
{
    internal static Refusal NotFound { get; } = new(StatusCodes.Status404NotFound, "webhook.not_found", "Webhook not found");

    internal static Refusal DeliveryNotFound { get; } = new(StatusCodes.Status404NotFound, "webhook.delivery_not_found", "Delivery not found");

    internal static Refusal DeliveryPending { get; } =
        new(StatusCodes.Status409Conflict, "webhook.delivery_pending", "The delivery is still being tried");

    internal static Refusal Disabled { get; } =
        new(StatusCodes.Status409Conflict, "webhook.disabled", "The webhook is switched off; switch it on first: PATCH {\"active\":true}");

    internal static Refusal Forbidden(string why) =>
        new(StatusCodes.Status400BadRequest, "webhook.target_refused", $"url must lead to a public address: {why}")
        {
            Errors = new Dictionary<string, string[]> { ["url"] = [$"url must lead to a public address: {why}"] },
        };
}
