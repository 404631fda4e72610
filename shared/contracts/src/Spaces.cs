namespace Coworking.Contracts;

/// <summary>What happened to a location or a space. A snapshot says <see cref="Changed"/>, or <see cref="Removed"/> for what is gone.</summary>
public static class ChangeKinds
{
    /// <summary>It is new.</summary>
    public const string Registered = "registered";

    /// <summary>It has a new state, or the message is part of a snapshot.</summary>
    public const string Changed = "changed";

    /// <summary>It is gone; the state is its last one.</summary>
    public const string Removed = "removed";
}

/// <summary>A location was registered, changed or removed. Said by reservations.</summary>
/// <param name="MessageId">Identity of this message; a repetition of the message carries the same one.</param>
/// <param name="OccurredAt">When the change was made (UTC).</param>
/// <param name="Version">Grows by one with each change of this location.</param>
/// <param name="Change">One of <see cref="ChangeKinds"/>.</param>
/// <param name="Location">The state after the change.</param>
public sealed record LocationChanged(Guid MessageId, DateTimeOffset OccurredAt, long Version, string Change, LocationFacts Location);

/// <summary>A location as other services need it.</summary>
/// <param name="Id">The location.</param>
/// <param name="Name">1..200 characters.</param>
/// <param name="Latitude">Degrees, -90..90.</param>
/// <param name="Longitude">Degrees, -180..180.</param>
/// <param name="Timezone">IANA zone in which its days, weeks and hours are judged.</param>
public sealed record LocationFacts(Guid Id, string Name, double Latitude, double Longitude, string Timezone);

/// <summary>A space was registered, changed or removed. Said by reservations; the whole state, so that the newest message is enough.</summary>
/// <param name="MessageId">Identity of this message.</param>
/// <param name="OccurredAt">When the change was made (UTC).</param>
/// <param name="Version">Grows by one with each change of this space.</param>
/// <param name="Change">One of <see cref="ChangeKinds"/>.</param>
/// <param name="Space">The state after the change.</param>
public sealed record SpaceChanged(Guid MessageId, DateTimeOffset OccurredAt, long Version, string Change, SpaceFacts Space);

/// <summary>A space as other services need it.</summary>
/// <param name="Id">The space.</param>
/// <param name="LocationId">Where it stands; the first level of its MQTT topics.</param>
/// <param name="Name">1..200 characters.</param>
/// <param name="Kind">meeting_room, private_office, hot_desk, phone_booth, studio, pantry, server_room or other.</param>
/// <param name="Capacity">People, at least 1.</param>
/// <param name="Bookable">False for a room that is only monitored.</param>
/// <param name="Active">False while it is out of use.</param>
/// <param name="Timezone">The location's IANA zone.</param>
/// <param name="OfficeHours">Null: no hours rule.</param>
/// <param name="Climate">Null: no limits.</param>
public sealed record SpaceFacts(
    Guid Id,
    Guid LocationId,
    string Name,
    string Kind,
    int Capacity,
    bool Bookable,
    bool Active,
    string Timezone,
    OfficeHours? OfficeHours,
    ClimateLimits? Climate);

/// <summary>Limits by which the climate of a space is judged; a value equal to a limit is normal.</summary>
/// <param name="TempMin">Degrees Celsius.</param>
/// <param name="TempMax">Degrees Celsius.</param>
/// <param name="DoorOpenSeconds">How long its door may stand open.</param>
public sealed record ClimateLimits(double? TempMin, double? TempMax, int? DoorOpenSeconds);
