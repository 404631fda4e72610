using System.Text.Encodings.Web;
using Coworking.Hosting.Mail;

namespace Coworking.Gateway.Accounts.Mails;

/// <summary>What the mails of accounts say.</summary>
internal static class AccountLetters
{
    /// <param name="mail">With a reader.</param>
    /// <param name="token">Of the link; null where the mail has none.</param>
    /// <param name="publicUrl">The gateway as its reader reaches it.</param>
    internal static OutgoingMail Write(DueMail mail, string? token, string publicUrl)
    {
        var (subject, sentence, page, after) = mail.Kind switch
        {
            AccountMailKinds.VerifyEmail => ("Confirm your e-mail address", "Please confirm that this is your e-mail address.", "verify-email",
                "The link is good for 24 hours and once. If you did not register, do nothing: without it nobody sees anything of yours."),
            AccountMailKinds.ResetPassword => ("Choose a new password", "Somebody, we hope you, asked for a new password for your account.", "reset-password",
                "The link is good for one hour and once. If it was not you, do nothing: your password stays what it is."),
            _ => ("Your password was changed", "The password of your account was changed, and every device was signed out.", null,
                "If it was not you, ask for a new password at once: whoever reads your mails can."),
        };
        var link = page is null ? null : $"{publicUrl}/api/v1/auth/{page}?token={token}";
        // Without the name: whoever registers chooses it, and could write to strangers by it.
        var parts = new[] { "Hello,", sentence, link, after }.OfType<string>().ToList();
        var html = parts.Select(part => part == link ? $"<p><a href=\"{Encode(part)}\">{Encode(subject)}</a></p>" : $"<p>{Encode(part)}</p>");
        return new OutgoingMail(mail.Id, mail.Reader!.Email, subject, string.Join("\n\n", parts) + "\n", string.Concat(html));
    }

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
