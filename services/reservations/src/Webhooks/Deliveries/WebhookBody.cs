using System.Text.Json;
using Coworking.Hosting.Json;
using Coworking.Reservations.Notifications;

namespace Coworking.Reservations.Webhooks.Deliveries;

/// <summary>What a webhook receives. Written once per delivery: the bytes are signed, and every try sends the same.</summary>
internal static class WebhookBody
{
    internal const string Test = "webhook.test";

    internal static string Of(SpreadNotice notice, Guid deliveryId)
    {
        object data = notice.Kind.StartsWith("alert.", StringComparison.Ordinal) ? new { alert = OfAlert(notice) } : new { booking = OfBooking(notice) };
        return Write(deliveryId, notice.Kind, notice.CreatedAt, data);
    }

    internal static string OfTest(Guid deliveryId, Guid webhookId, DateTimeOffset now) => Write(deliveryId, Test, now, new { webhook = new { id = webhookId } });

    private static string Write(Guid id, string name, DateTimeOffset occurredAt, object data) =>
        JsonSerializer.Serialize(new { id, @event = name, occurredAt, data }, JsonSetup.Wire);

    private static object OfBooking(SpreadNotice notice)
    {
        var told = JsonSerializer.Deserialize<BookingNotice>(notice.Payload, JsonSetup.Wire)!;
        // Without the link of an offer: whoever knows it may take the place.
        return new
        {
            id = told.BookingId,
            told.SpaceId,
            told.LocationId,
            told.Status,
            told.Version,
            told.StartTime,
            told.EndTime,
            told.ClientEmail,
            told.ClientName,
            told.Company,
            told.Phone,
            told.Inquiry,
            told.Attendees,
            told.SeriesId,
            told.Reason,
            told.Before,
            told.ExpiresAt,
            space = new { id = told.SpaceId, name = notice.Space },
            location = new { id = told.LocationId, name = notice.Location, notice.Timezone },
        };
    }

    private static object OfAlert(SpreadNotice notice)
    {
        var (spaceId, version, alert, level, reason, note) = JsonSerializer.Deserialize<AlertNotice>(notice.Payload, JsonSetup.Wire)!;
        return new
        {
            alert.Id,
            alert.SpaceId,
            alert.LocationId,
            alert.Kind,
            alert.Severity,
            alert.BreachedSince,
            alert.StartedAt,
            alert.LastTriggeredAt,
            alert.ResolvedAt,
            alert.Meta,
            version,
            level,
            reason,
            note,
            space = new { id = spaceId, name = notice.Space },
            location = new { id = alert.LocationId, name = notice.Location, notice.Timezone },
        };
    }
}
