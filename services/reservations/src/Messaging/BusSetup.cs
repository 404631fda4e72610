using Coworking.Bus;

namespace Coworking.Reservations.Messaging;

/// <summary>The service on the bus: what it hears, and from which queues.</summary>
internal static class BusSetup
{
    internal static void AddBus(this IServiceCollection services)
    {
        ServiceBus.Add(services, bus => bus
            .Hear<WhenTwinChanged>("reservations-twins")
            .Hear<WhenSpaceOccupancyChanged>("reservations-occupancy")
            .Hear<WhenSnapshotRequested>("reservations-snapshots")
            .Hear<WhenAlertChanged>("reservations-alerts"));
        services.AddHostedService<SnapshotAtStart>();
    }
}
