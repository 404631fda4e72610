using Coworking.Contracts;

namespace Coworking.Reservations.Spaces;

/// <summary>A room, a desk or a booth: what people book, or what is only watched over.</summary>
internal sealed class Space
{
    private Space()
    {
    }

    public Guid Id { get; private init; }

    public Guid LocationId { get; private set; }

    public string Name { get; private set; } = "";

    public string? Reference { get; private set; }

    public int Capacity { get; private set; }

    public string? Description { get; private set; }

    public string Kind { get; private set; } = SpaceKinds.MeetingRoom;

    public bool Bookable { get; private set; }

    public bool Active { get; private set; }

    public string[] Amenities { get; private set; } = [];

    /// <summary>Degrees Celsius.</summary>
    public double? TempMin { get; private set; }

    /// <summary>Degrees Celsius.</summary>
    public double? TempMax { get; private set; }

    public int? DoorOpenSeconds { get; private set; }

    public int BufferBeforeMinutes { get; private set; }

    public int BufferAfterMinutes { get; private set; }

    public long Version { get; private set; }

    public DateTimeOffset CreatedAt { get; private init; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public DateTimeOffset? RemovedAt { get; private set; }

    internal static Space Register(Guid id, SpaceDetails details, DateTimeOffset now)
    {
        var space = new Space { Id = id, CreatedAt = now };
        space.Change(details, now);
        return space;
    }

    internal void Change(SpaceDetails details, DateTimeOffset now)
    {
        (LocationId, Name, Reference, Description) = (Guid.Parse(details.LocationId!), details.Name!, details.Reference, details.Description);
        (Capacity, Kind, Amenities) = (details.Capacity!.Value, details.Kind!, details.Amenities ?? []);
        (Bookable, Active) = (details.Bookable!.Value, details.Active!.Value);
        (TempMin, TempMax, DoorOpenSeconds) = (details.Climate?.TempMin, details.Climate?.TempMax, details.Climate?.DoorOpenSeconds);
        (BufferBeforeMinutes, BufferAfterMinutes) = (details.BufferBefore!.Value, details.BufferAfter!.Value);
        Touch(now);
    }

    internal void Remove(DateTimeOffset now)
    {
        RemovedAt = now;
        Touch(now);
    }

    /// <summary>A new version, also where what changed is kept elsewhere: its hours, its location's zone.</summary>
    internal void Touch(DateTimeOffset now) => (Version, UpdatedAt) = (Version + 1, now);

    /// <summary>What the bus is told of its present state.</summary>
    internal SpaceChanged Said(string change, string timezone, Contracts.OfficeHours? hours) => new(
        Guid.CreateVersion7(UpdatedAt),
        UpdatedAt,
        Version,
        change,
        new SpaceFacts(
            Id,
            LocationId,
            Name,
            Kind,
            Capacity,
            Bookable,
            Active,
            timezone,
            hours,
            TempMin is null && TempMax is null && DoorOpenSeconds is null ? null : new ClimateLimits(TempMin, TempMax, DoorOpenSeconds)));
}
