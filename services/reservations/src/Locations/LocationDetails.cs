using System.ComponentModel.DataAnnotations;
using Coworking.Hosting.Http;
using Coworking.Reservations.Http;

namespace Coworking.Reservations.Locations;

/// <summary>What people say of a location: a whole one, whether it came at once or as changes over what was there.</summary>
internal sealed record LocationDetails(
    [property: Required, StringLength(200, MinimumLength = 1)] string? Name,
    [property: Required, Range(-90.0, 90.0)] double? Latitude,
    [property: Required, Range(-180.0, 180.0)] double? Longitude,
    [property: StringLength(64)] string? Timezone,
    [property: StringLength(500)] string? Address,
    [property: MaxLength(20)] string[]? Contacts)
{
    private const int MaxContacts = 20;

    internal static LocationDetails Of(Location location) =>
        new(location.Name, location.Latitude, location.Longitude, location.Timezone, location.Address, location.Contacts);

    /// <summary>The details ready to keep, or everything that is wrong with them.</summary>
    internal Database.Outcome<LocationDetails> Check()
    {
        var fields = new FieldErrors();
        var details = this with
        {
            Name = fields.Name("name", Name, 200),
            Timezone = fields.Zone("timezone", Timezone),
            Address = fields.Text("address", Address, 500),
            Contacts = [.. (Contacts ?? []).Select(contact => contact?.Trim() ?? "").Distinct(StringComparer.OrdinalIgnoreCase)],
        };
        // Written so that NaN and infinity fail as well.
        fields.Require(Latitude is >= -90 and <= 90, "latitude", "latitude must be a number from -90 to 90");
        fields.Require(Longitude is >= -180 and <= 180, "longitude", "longitude must be a number from -180 to 180");
        fields.Require(details.Contacts.Length <= MaxContacts, "contacts", $"contacts must name at most {MaxContacts} addresses");
        fields.Require(details.Contacts.All(EmailAddress.IsValid), "contacts", "contacts must be e-mail addresses: Invalid email");
        return fields.Refusal is { } refusal ? refusal : details;
    }
}
