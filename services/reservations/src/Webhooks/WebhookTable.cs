using Coworking.Reservations.Database;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Webhooks;

/// <summary>Where webhooks are kept.</summary>
internal static class WebhookTable
{
    internal static void Map(ModelBuilder model)
    {
        var webhook = model.Entity<Webhook>().ToTable("webhooks");
        webhook.HasKey(row => row.Id);
        webhook.Property(row => row.Id).ValueGeneratedNever();
    }

    /// <summary>The webhook, which nobody else changes until this transaction ends; null where there is none.</summary>
    internal static async Task<Webhook?> LockWebhookAsync(this ReservationsDb db, Guid id, CancellationToken cancellationToken) =>
        (await db.LockAsync<Webhook>("id = {0}", cancellationToken, id)).SingleOrDefault();
}
