using System.ComponentModel.DataAnnotations;
using Coworking.Reservations.Http;

namespace Coworking.Reservations;

/// <summary>Settings of the section Reservations; a value that cannot be right stops the start.</summary>
internal sealed class ReservationsOptions : IValidatableObject
{
    /// <summary>Zone of a location that names none; the public contract's default.</summary>
    [Required]
    public string DefaultTimezone { get; init; } = "America/Mexico_City";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Zones.IsKnown(DefaultTimezone))
        {
            yield return new ValidationResult("Reservations:DefaultTimezone must be an IANA time zone", [nameof(DefaultTimezone)]);
        }
    }
}
