using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Text;
using System.Text.Json;
using Coworking.Hosting.Mail;
using Coworking.Reservations.Bookings;

namespace Coworking.Reservations.Notifications.Mails;

/// <summary>What a mail says.</summary>
internal static class MailWriter
{
    internal static OutgoingMail Write(DueMail mail, string from)
    {
        var letter = mail.Kind switch
        {
            NoticeKinds.AlertOpened or NoticeKinds.AlertEscalated or NoticeKinds.AlertResolved => OfAlert(mail, mail.Told<AlertNotice>()),
            NoticeKinds.WebhookDisabled => OfWebhook(mail.Told<WebhookNotice>()),
            _ => OfBooking(mail, mail.Told<BookingNotice>()),
        };
        return new OutgoingMail(mail.Id, mail.Recipient, letter.Subject, letter.Text(), letter.Html(), Invitations.For(mail, new MailAddress(from)));
    }

    /// <summary>A span as the wall of the place shows it; both days where it runs over midnight.</summary>
    internal static string When(DateTimeOffset start, DateTimeOffset end, TimeZoneInfo zone)
    {
        var (from, until) = (TimeZoneInfo.ConvertTime(start, zone), TimeZoneInfo.ConvertTime(end, zone));
        var last = from.Date == until.Date ? until.ToString("HH:mm", CultureInfo.InvariantCulture) : Moment(end, zone);
        return $"{Moment(start, zone)} – {last} ({zone.Id})";
    }

    private static string Moment(DateTimeOffset at, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(at, zone).ToString("dddd, d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture);

    private static Letter OfBooking(DueMail mail, BookingNotice booking)
    {
        var when = When(booking.StartTime, booking.EndTime, mail.Place.Zone);
        var (title, sentence) = Words(mail, booking);
        var letter = new Letter($"{title}: {mail.Place.Space}, {when}", title, sentence);
        letter.Add("Space", mail.Place.Space);
        letter.Add("Location", mail.Place.Address is { } address ? $"{mail.Place.Location}, {address}" : mail.Place.Location);
        letter.Add("Time", when);

        if (booking.Before is { } before && before.StartTime != booking.StartTime)
        {
            letter.Add("Before", When(before.StartTime, before.EndTime, mail.Place.Zone));
        }

        letter.Add("Attendees", booking.Attendees?.ToString(CultureInfo.InvariantCulture));
        letter.Add("Name", booking.ClientName);
        letter.Add("Company", booking.Company);

        if (mail.Audience == Audience.House)
        {
            letter.Add("E-mail", booking.ClientEmail);
            letter.Add("Phone", booking.Phone);
        }

        letter.Add("Inquiry", booking.Inquiry);
        letter.Add("Reason", booking.Reason);
        letter.Add("Booking", booking.BookingId.ToString());

        if (mail.Kind == NoticeKinds.Offered && booking is { Link: { } link, ExpiresAt: { } expiresAt })
        {
            letter.Add("Answer until", Moment(expiresAt, mail.Place.Zone));
            letter.Link = (link, "Take it or decline");
        }

        return letter;
    }

    private static (string Title, string Sentence) Words(DueMail mail, BookingNotice booking)
    {
        var isClient = mail.Audience == Audience.Client;
        var isPending = booking.Status == BookingStatus.Pending;
        return mail.Kind switch
        {
            NoticeKinds.Placed when isPending => ("Booking requested", isClient ? "We have your request and will answer it." : "Somebody asks for a booking: it waits for an answer."),
            NoticeKinds.Placed or NoticeKinds.Confirmed => ("Booking confirmed", isClient ? "The space is yours for this time." : "A booking was confirmed."),
            NoticeKinds.Moved => ("Booking changed", isPending ? "The request now stands as below." : "The booking now stands as below."),
            NoticeKinds.Rejected => ("Booking declined", "The request was declined; the time is free again."),
            NoticeKinds.Cancelled => ("Booking cancelled", "The booking was cancelled; the time is free again."),
            NoticeKinds.PassedOn => ("Booking passed on", "The booking is somebody else's now."),
            NoticeKinds.Left => ("Booking moved away", "The booking is at another location now."),
            NoticeKinds.Released => ("Booking released", "Nobody checked in, so the space was given free."),
            NoticeKinds.Reinstated => ("Booking restored", "The booking that had been released holds again."),
            NoticeKinds.Attention => ("Please look", "Nobody has checked in, and the sensors do not tell whether anybody is there."),
            NoticeKinds.DayBefore => ("Reminder", "Your booking is coming up."),
            NoticeKinds.HourBefore => ("Reminder", "Your booking begins soon."),
            NoticeKinds.Offered => ("A place is free for you", "What you have been waiting for is free, and held for you for a short time."),
            _ => throw new ArgumentOutOfRangeException(nameof(mail), mail.Kind, "No mail is written of this"),
        };
    }

    private static Letter OfAlert(DueMail mail, AlertNotice told)
    {
        var alert = told.Alert;
        var (title, sentence) = mail.Kind switch
        {
            NoticeKinds.AlertOpened => ("Alert", "A reading has been beyond its limit for long enough."),
            NoticeKinds.AlertEscalated => ($"Escalated alert (level {told.Level?.ToString(CultureInfo.InvariantCulture)})", "Nobody has taken notice of this alert yet."),
            _ => ("Resolved alert", "The alert is over."),
        };
        var letter = new Letter($"{title}: {alert.Kind} in {mail.Place.Space} ({alert.Severity})", $"{title}: {alert.Kind}", sentence);
        letter.Add("Space", mail.Place.Space);
        letter.Add("Location", mail.Place.Location);
        letter.Add("Severity", alert.Severity);
        letter.Add("Since", $"{Moment(alert.BreachedSince, mail.Place.Zone)} ({mail.Place.Zone.Id})");
        letter.Add("Until", alert.ResolvedAt is { } resolvedAt ? Moment(resolvedAt, mail.Place.Zone) : null);

        foreach (var fact in alert.Meta.ValueKind == JsonValueKind.Object ? alert.Meta.EnumerateObject().Take(10) : [])
        {
            letter.Add(fact.Name, fact.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number ? fact.Value.ToString() : null);
        }

        letter.Add("Reason", told.Reason);
        letter.Add("Note", told.Note);
        letter.Add("Alert", alert.Id.ToString());
        return letter;
    }

    private static Letter OfWebhook(WebhookNotice told)
    {
        var letter = new Letter(
            $"Webhook switched off: {told.Url}", "Webhook switched off", "It did not take a delivery in all its tries. What happens from now on is not sent to it until somebody switches it on again.");
        letter.Add("Address", told.Url);
        letter.Add("Last error", told.Reason);
        letter.Add("Webhook", told.WebhookId.ToString());
        return letter;
    }
}

/// <summary>A mail's words, once for both of its forms.</summary>
internal sealed class Letter(string subject, string title, string sentence)
{
    private readonly List<(string Name, string Value)> _facts = [];

    internal string Subject => subject;

    internal (string Address, string Label)? Link { get; set; }

    internal void Add(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _facts.Add((name, value));
        }
    }

    internal string Text()
    {
        var text = new StringBuilder().Append(title).Append("\r\n\r\n").Append(sentence).Append("\r\n\r\n");
        _facts.ForEach(fact => text.Append(fact.Name).Append(": ").Append(fact.Value.ReplaceLineEndings("\r\n  ")).Append("\r\n"));
        return Link is { } link ? text.Append("\r\n").Append(link.Label).Append(": ").Append(link.Address).Append("\r\n").ToString() : text.ToString();
    }

    /// <summary>Every value is encoded: names and inquiries are anybody's words.</summary>
    internal string Html()
    {
        var html = new StringBuilder("<!DOCTYPE html><html lang=\"en\"><body style=\"font-family:sans-serif\">")
            .Append("<h1 style=\"font-size:1.3em\">").Append(Encode(title)).Append("</h1><p>").Append(Encode(sentence)).Append("</p><table>");
        _facts.ForEach(fact => html
            .Append("<tr><th style=\"text-align:left;vertical-align:top;padding-right:1em\">").Append(Encode(fact.Name))
            .Append("</th><td>").Append(Encode(fact.Value).ReplaceLineEndings("<br>")).Append("</td></tr>"));
        html.Append("</table>");

        if (Link is { } link)
        {
            html.Append("<p><a href=\"").Append(Encode(link.Address)).Append("\">").Append(Encode(link.Label)).Append("</a></p>");
        }

        return html.Append("</body></html>").ToString();
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
