using System.ComponentModel.DataAnnotations;
using System.Net.Mail;

namespace Coworking.Hosting.Mail;

/// <summary>Settings of the section Mail.</summary>
public sealed class MailOptions : IValidatableObject
{
    /// <summary>The mail server that takes what is sent; empty: nothing is sent, and what is to be told waits.</summary>
    public string? Host { get; init; }

    /// <summary>587 where accounts submit (RFC 6409), 25 between servers; local servers have ports of their own.</summary>
    [Range(1, 65_535)]
    public int Port { get; init; } = 25;

    /// <summary>Speaks only after STARTTLS, with a certificate that is valid for the host. Off for a server on the same machine.</summary>
    public bool StartTls { get; init; }

    /// <summary>The account; empty: none.</summary>
    public string? Username { get; init; }

    /// <summary>Its password.</summary>
    public string? Password { get; init; }

    /// <summary>Who writes, e.g. Coworking &lt;hello@example.com&gt;.</summary>
    [Required]
    public string From { get; init; } = "Coworking <no-reply@localhost.localdomain>";

    /// <summary>Told of what no location is responsible for; empty: the contacts of the location that it is nearest to.</summary>
    public string? AdminAddress { get; init; }

    /// <summary>How long one try may take. Servers that greet late on purpose do so for some seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!MailAddress.TryCreate(From, out _))
        {
            yield return new ValidationResult("Mail:From must be an e-mail address, with or without a name", [nameof(From)]);
        }

        if (!string.IsNullOrEmpty(AdminAddress) && !MailAddress.TryCreate(AdminAddress, out _))
        {
            yield return new ValidationResult("Mail:AdminAddress must be an e-mail address", [nameof(AdminAddress)]);
        }

        if (!string.IsNullOrEmpty(Username) && !StartTls && Host is not ("localhost" or "127.0.0.1" or "::1"))
        {
            yield return new ValidationResult("Mail:Username without Mail:StartTls would send the password in clear", [nameof(Username)]);
        }
    }
}
