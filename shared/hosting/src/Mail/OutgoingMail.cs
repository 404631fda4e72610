using System.Net.Mail;
using System.Net.Mime;
using System.Text;

namespace Coworking.Hosting.Mail;

/// <summary>A mail to one person.</summary>
/// <param name="Id">Stays the same when it is sent again, so that readers may recognise a repetition.</param>
/// <param name="To">The address.</param>
/// <param name="Subject">One line; what would break it is replaced.</param>
/// <param name="Text">For readers that show no HTML.</param>
/// <param name="Html">The same in HTML; the caller has encoded what is not its own.</param>
/// <param name="Invitation">An iCalendar message; null for none.</param>
public sealed record OutgoingMail(Guid Id, string To, string Subject, string Text, string Html, Invitation? Invitation = null)
{
    /// <summary>A text that fits a header: control characters and line separators become blanks.</summary>
    /// <param name="text">From anywhere.</param>
    public static string OneLine(string text) =>
        string.Join(' ', new string([.. text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c)]).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    internal MailMessage ToMessage(string from)
    {
        var message = new MailMessage(new MailAddress(from), new MailAddress(To))
        {
            Subject = OneLine(Subject),
            SubjectEncoding = Encoding.UTF8,
            HeadersEncoding = Encoding.UTF8,
        };
        message.Headers.Add("Message-ID", $"<{Id:N}@{message.From!.Host}>");
        // RFC 3834: an answering machine shall not answer.
        message.Headers.Add("Auto-Submitted", "auto-generated");
        message.AlternateViews.Add(View(Text, MediaTypeNames.Text.Plain));
        message.AlternateViews.Add(View(Html, MediaTypeNames.Text.Html));

        if (Invitation is { } invitation)
        {
            // Once for calendars that read the mail, and once as the file that others open.
            var view = View(invitation.Calendar, "text/calendar");
            view.ContentType.Parameters["method"] = invitation.Method;
            message.AlternateViews.Add(view);
            var file = new Attachment(new MemoryStream(Encoding.UTF8.GetBytes(invitation.Calendar)), "invite.ics", "application/ics");
            message.Attachments.Add(file);
        }

        return message;
    }

    private static AlternateView View(string content, string mediaType) => new(
        new MemoryStream(Encoding.UTF8.GetBytes(content)), new ContentType(mediaType) { CharSet = "utf-8" })
    { TransferEncoding = TransferEncoding.Base64 };
}

/// <summary>An iCalendar message (RFC 5546).</summary>
/// <param name="Method">REQUEST or CANCEL.</param>
/// <param name="Calendar">The file, with the same METHOD.</param>
public sealed record Invitation(string Method, string Calendar);
