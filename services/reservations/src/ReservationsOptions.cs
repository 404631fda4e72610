using System.ComponentModel.DataAnnotations;
using Coworking.Reservations.Http;

namespace Coworking.Reservations;

/// <summary>Settings of the section Reservations; a value that cannot be right stops the start.</summary>
internal sealed class ReservationsOptions : IValidatableObject
{
    /// <summary>Bookings a client may hold in a week, across all spaces. Three, as the public contract says.</summary>
    [Range(1, 10_000)]
    public int WeeklyLimit { get; init; } = 3;

    /// <summary>Longest booking in days. Fourteen: longer stays are contracts, not bookings.</summary>
    [Range(1, 366)]
    public int MaxDays { get; init; } = 14;

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
