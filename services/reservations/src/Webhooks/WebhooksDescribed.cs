using Coworking.Hosting.OpenApi;
using Coworking.Hosting.Problems;

namespace Coworking.Reservations.Webhooks;

/// <summary>What the document says of webhooks.</summary>
internal static class WebhooksDescribed
{
    private const string Members = """
        "id":"0199d2a4-7c1e-7b60-9f0a-5d2c8f3e1a40","url":"https://example.com/hooks","events":["booking.placed"],"description":"Front desk","active":true,
        "disabledAt":null,"disabledReason":null,"createdAt":"2099-01-02T10:00:00.000Z","updatedAt":"2099-01-02T10:00:00.000Z"
        """;

    private const string Example = $"{{{Members}}}";

    private const string WithSecret = $$"""{{{Members}},"secret":"whsec_3f9c…"}""";

    private const string Delivery = """
        {"id":"0199d2a4-7c1e-7b60-9f0a-5d2c8f3e1a41","webhookId":"0199d2a4-7c1e-7b60-9f0a-5d2c8f3e1a40","event":"booking.placed","status":"delivered","tries":1,
        "lastStatusCode":204,"lastError":null,"nextTryAt":null,"createdAt":"2099-01-02T10:00:00.000Z","settledAt":"2099-01-02T10:00:01.000Z","body":{"event":"booking.placed"}}
        """;

    private static readonly Refusal Forbidden = WebhookRefusals.Forbidden("10.0.0.1 is a private address");

    internal static readonly Operation List = new("Lists webhooks") { Gives = Examples.Page(Example) };

    internal static readonly Operation Get = new("Reads a webhook") { Gives = Example, Refuses = [WebhookRefusals.NotFound] };

    internal static readonly Operation Register = new("Registers a webhook")
    {
        Description = "The secret that signs its deliveries is answered here and never again. Of events, * means all.",
        Takes = """{"url":"https://example.com/hooks","events":["booking.placed"],"description":"Front desk"}""",
        Gives = WithSecret,
        Refuses = [Forbidden],
    };

    internal static readonly Operation Change = new("Changes a webhook")
    {
        Description = "Only what is named changes. Switched on again, it gets what was waiting for it.",
        Takes = """{"active":true}""",
        Gives = Example,
        Refuses = [Forbidden, WebhookRefusals.NotFound],
    };

    internal static readonly Operation Remove = new("Removes a webhook") { Refuses = [WebhookRefusals.NotFound] };

    internal static readonly Operation Rotate = new("Gives a webhook a new secret")
    {
        Description = "The next try of any delivery is signed with it; the old one is worth nothing at once.",
        Gives = WithSecret,
        Refuses = [WebhookRefusals.NotFound],
    };

    internal static readonly Operation Test = new("Sends one delivery now and answers what came of it") { Gives = Delivery, Refuses = [WebhookRefusals.NotFound] };

    internal static readonly Operation Deliveries = new("Lists the deliveries of a webhook")
    {
        Description = "The newest first.",
        Gives = Examples.Page(Delivery),
        Query = [Field.Word("status", [DeliveryRow.Pending, "delivered", "failed"], "Only of this status")],
        Refuses = [WebhookRefusals.NotFound],
    };

    internal static readonly Operation Replay = new("Sends a delivery again, with all its tries")
    {
        Gives = Delivery,
        Refuses = [WebhookRefusals.DeliveryNotFound, WebhookRefusals.DeliveryPending, WebhookRefusals.Disabled],
    };
}
