using System.ComponentModel.DataAnnotations;
using Coworking.Reservations.Http;

namespace Coworking.Reservations;

/// <summary>Settings of the section Reservations; a value that cannot be right stops the start.</summary>
internal sealed class ReservationsOptions : IValidatableObject
{
    /// <summary>Zone of a location that names none; the public contract's default.</summary>
    [Required]
    public string DefaultTimezone { get; init; } = "America/Mexico_City";

    /// <summary>The gateway as clients reach it; begins the links in mails. In Production it must be given.</summary>
    [Required]
    public string PublicUrl { get; init; } = "http://localhost:8080";

    /// <summary>Minutes for which a freed time is held for one who waits: long enough to read a mail, short enough for the next.</summary>
    [Range(1, 24 * 60)]
    public int HoldMinutes { get; init; } = 30;

    /// <summary>How long mails and deliveries are kept after they were told. A month: long enough to ask what became of one, short for addresses.</summary>
    [Range(1, 366)]
    public int NoticeRetentionDays { get; init; } = 30;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Zones.IsKnown(DefaultTimezone))
        {
            yield return new ValidationResult("Reservations:DefaultTimezone must be an IANA time zone", [nameof(DefaultTimezone)]);
        }

        if (!Uri.TryCreate(PublicUrl, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
        {
            yield return new ValidationResult("Reservations:PublicUrl must be an http or https address", [nameof(PublicUrl)]);
        }
    }
}
