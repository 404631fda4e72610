using System.ComponentModel.DataAnnotations;
using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;

namespace Coworking.Reservations.Spaces;

/// <summary>What people say of a space: a whole one, whether it came at once or as changes over what was there.</summary>
internal sealed record SpaceDetails(
    [property: Required, Format("uuid")] string? LocationId,
    [property: Required, StringLength(200, MinimumLength = 1)] string? Name,
    [property: StringLength(500)] string? Reference,
    [property: Required, Range(1, int.MaxValue)] int? Capacity,
    [property: StringLength(2000)] string? Description,
    [property: AllowedValues(SpaceKinds.MeetingRoom, "private_office", "hot_desk", "phone_booth", "studio", SpaceKinds.Pantry, SpaceKinds.ServerRoom, "other")] string? Kind,
    bool? Bookable,
    bool? Active,
    string[]? Amenities,
    SpaceClimate? Climate,
    [property: Range(0, 1440)] int? BufferBefore,
    [property: Range(0, 1440)] int? BufferAfter)
{
    private const int MaxAmenities = 50;
    private const int MaxBufferMinutes = 24 * 60;
    private const int MaxDoorSeconds = 24 * 60 * 60;

    internal static SpaceDetails Of(Space space) => new(
        space.LocationId.ToString(),
        space.Name,
        space.Reference,
        space.Capacity,
        space.Description,
        space.Kind,
        space.Bookable,
        space.Active,
        space.Amenities,
        SpaceClimate.Of(space.TempMin, space.TempMax, space.DoorOpenSeconds),
        space.BufferBeforeMinutes,
        space.BufferAfterMinutes);

    /// <summary>What is not said gets what most spaces are: a meeting room in use, bookable unless it is only monitored.</summary>
    internal SpaceDetails WithDefaults()
    {
        var kind = Kind ?? SpaceKinds.MeetingRoom;
        return this with
        {
            Kind = kind,
            Bookable = Bookable ?? !SpaceKinds.IsMonitoredOnly(kind),
            Active = Active ?? true,
            BufferBefore = BufferBefore ?? 0,
            BufferAfter = BufferAfter ?? 0,
        };
    }

    /// <summary>The details ready to keep, or everything that is wrong with them.</summary>
    internal Outcome<SpaceDetails> Check()
    {
        var fields = new FieldErrors();
        fields.Uuid("locationId", LocationId);
        var details = this with
        {
            Name = fields.Name("name", Name, 200),
            Reference = fields.Text("reference", Reference, 500),
            Description = fields.Text("description", Description, 2000),
            Amenities = [.. (Amenities ?? []).Select(amenity => amenity?.Trim() ?? "").Distinct(StringComparer.OrdinalIgnoreCase)],
        };
        fields.Require(Capacity >= 1, "capacity", "capacity must be a whole number of at least 1");
        fields.Require(SpaceKinds.All.Contains(Kind), "kind", $"kind must be one of {string.Join(", ", SpaceKinds.All)}");
        fields.Require(Bookable is not null, "bookable", "bookable must be true or false");
        fields.Require(Bookable is not true || !SpaceKinds.IsMonitoredOnly(Kind), "bookable", $"bookable must be false for a {Kind}");
        fields.Require(Active is not null, "active", "active must be true or false");
        fields.Require(details.Amenities.Length <= MaxAmenities, "amenities", $"amenities must name at most {MaxAmenities} things");

        foreach (var amenity in details.Amenities)
        {
            fields.Name("amenities", amenity, 100);
        }

        fields.Require(BufferBefore is >= 0 and <= MaxBufferMinutes, "bufferBefore", $"bufferBefore must be minutes from 0 to {MaxBufferMinutes}");
        fields.Require(BufferAfter is >= 0 and <= MaxBufferMinutes, "bufferAfter", $"bufferAfter must be minutes from 0 to {MaxBufferMinutes}");
        Climate?.Check(fields, MaxDoorSeconds);
        return fields.Refusal is { } refusal ? refusal : details;
    }
}

/// <summary>Limits of a space's climate: degrees Celsius, and how long its door may stand open.</summary>
internal sealed record SpaceClimate(
    [property: Range(-100.0, 200.0)] double? TempMin,
    [property: Range(-100.0, 200.0)] double? TempMax,
    [property: Range(1, 86400)] int? DoorOpenSeconds)
{
    // What any sensor in a building may ever report.
    private const double Coldest = -100;
    private const double Hottest = 200;

    internal static SpaceClimate? Of(double? tempMin, double? tempMax, int? doorOpenSeconds) =>
        tempMin is null && tempMax is null && doorOpenSeconds is null ? null : new SpaceClimate(tempMin, tempMax, doorOpenSeconds);

    internal void Check(FieldErrors fields, int maxDoorSeconds)
    {
        fields.Require(TempMin is null or (>= Coldest and <= Hottest), "climate.tempMin", $"climate.tempMin must be degrees Celsius from {Coldest} to {Hottest}");
        fields.Require(TempMax is null or (>= Coldest and <= Hottest), "climate.tempMax", $"climate.tempMax must be degrees Celsius from {Coldest} to {Hottest}");
        fields.Require(!(TempMin >= TempMax), "climate.tempMin", "climate.tempMin must be below climate.tempMax");
        fields.Require(
            DoorOpenSeconds is null || (DoorOpenSeconds >= 1 && DoorOpenSeconds <= maxDoorSeconds),
            "climate.doorOpenSeconds",
            $"climate.doorOpenSeconds must be seconds from 1 to {maxDoorSeconds}");
    }
}
