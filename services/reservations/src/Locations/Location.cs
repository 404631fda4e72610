using Coworking.Contracts;

namespace Coworking.Reservations.Locations;

/// <summary>A house with spaces in it, and the zone in which its days and weeks are judged.</summary>
internal sealed class Location
{
    private Location()
    {
    }

    public Guid Id { get; private init; }

    public string Name { get; private set; } = "";

    public double Latitude { get; private set; }

    public double Longitude { get; private set; }

    public string Timezone { get; private set; } = "";

    public string? Address { get; private set; }

    /// <summary>E-mail addresses that are told of its bookings and alerts.</summary>
    public string[] Contacts { get; private set; } = [];

    public long Version { get; private set; }

    public DateTimeOffset CreatedAt { get; private init; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public DateTimeOffset? RemovedAt { get; private set; }

    internal static Location Register(Guid id, LocationDetails details, DateTimeOffset now)
    {
        var location = new Location { Id = id, CreatedAt = now };
        location.Change(details, now);
        return location;
    }

    internal void Change(LocationDetails details, DateTimeOffset now)
    {
        (Name, Latitude, Longitude) = (details.Name!, details.Latitude!.Value, details.Longitude!.Value);
        (Timezone, Address, Contacts) = (details.Timezone!, details.Address, details.Contacts ?? []);
        Touch(now);
    }

    internal void Remove(DateTimeOffset now)
    {
        RemovedAt = now;
        Touch(now);
    }

    /// <summary>What the bus is told of its present state.</summary>
    internal LocationChanged Said(string change) => new(
        Guid.CreateVersion7(UpdatedAt), UpdatedAt, Version, change, new LocationFacts(Id, Name, Latitude, Longitude, Timezone));

    private void Touch(DateTimeOffset now) => (Version, UpdatedAt) = (Version + 1, now);
}
