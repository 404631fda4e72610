using System.Buffers.Text;
using System.Security.Cryptography;

namespace Coworking.Reservations.Webhooks;

/// <summary>An address of somebody else that is told of events as they happen.</summary>
internal sealed class Webhook
{
    private Webhook()
    {
    }

    public Guid Id { get; private init; }

    public string Url { get; private set; } = "";

    public string[] Events { get; private set; } = [];

    public string? Description { get; private set; }

    /// <summary>Signs every delivery, so it is kept as it is.</summary>
    public string Secret { get; private set; } = "";

    public bool Active { get; private set; } = true;

    public DateTimeOffset? DisabledAt { get; private set; }

    public string? DisabledReason { get; private set; }

    public DateTimeOffset CreatedAt { get; private init; }

    public DateTimeOffset UpdatedAt { get; private set; }

    internal static Webhook Register(WebhookDetails details, DateTimeOffset now)
    {
        var webhook = new Webhook { Id = Guid.CreateVersion7(now), CreatedAt = now, Secret = NewSecret() };
        webhook.Change(details, now);
        return webhook;
    }

    internal void Change(WebhookDetails details, DateTimeOffset now)
    {
        (Url, Events, Description) = (details.Url!, details.Events!, details.Description);

        if (Active != details.Active)
        {
            Active = details.Active;
            DisabledAt = Active ? null : now;
            DisabledReason = Active ? null : "switched off by hand";
        }

        UpdatedAt = now;
    }

    internal void RotateSecret(DateTimeOffset now) => (Secret, UpdatedAt) = (NewSecret(), now);

    private static string NewSecret() => "whsec_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
