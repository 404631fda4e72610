using System.Collections.Frozen;

namespace Coworking.Contracts;

/// <summary>The name of each message on the bus: its exchange, set by hand so that renaming a class never moves an exchange.</summary>
public static class MessageNames
{
    /// <summary>Exchange by message type. A type that is missing here is no message of the bus.</summary>
    public static FrozenDictionary<Type, string> Exchanges { get; } = new Dictionary<Type, string>
    {
        [typeof(LocationChanged)] = "coworking:location-changed",
        [typeof(SpaceChanged)] = "coworking:space-changed",
        [typeof(BookingPlaced)] = "coworking:booking-placed",
        [typeof(BookingMoved)] = "coworking:booking-moved",
        [typeof(BookingCancelled)] = "coworking:booking-cancelled",
        [typeof(BookingStarted)] = "coworking:booking-started",
        [typeof(BookingEnded)] = "coworking:booking-ended",
        [typeof(AlertOpened)] = "coworking:alert-opened",
        [typeof(AlertAcknowledged)] = "coworking:alert-acknowledged",
        [typeof(AlertEscalated)] = "coworking:alert-escalated",
        [typeof(AlertResolved)] = "coworking:alert-resolved",
        [typeof(SpaceOccupancyChanged)] = "coworking:space-occupancy-changed",
        [typeof(TwinChanged)] = "coworking:twin-changed",
        [typeof(DeviceWentOffline)] = "coworking:device-went-offline",
        [typeof(DeviceCameOnline)] = "coworking:device-came-online",
        [typeof(TwinDiverged)] = "coworking:twin-diverged",
        [typeof(TwinConverged)] = "coworking:twin-converged",
        [typeof(SnapshotRequested)] = "coworking:snapshot-requested",
    }.ToFrozenDictionary();

    /// <summary>Message type by the name of its class, as outbox rows keep it.</summary>
    public static FrozenDictionary<string, Type> Types { get; } = Exchanges.Keys.ToFrozenDictionary(type => type.Name);
}
