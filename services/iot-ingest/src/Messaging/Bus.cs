using Coworking.Bus;
using Coworking.Contracts;

namespace Coworking.IotIngest.Messaging;

/// <summary>The service on the bus: what it hears from which queues, and what it says.</summary>
internal static class Bus
{
    public static void AddBus(this IServiceCollection services)
    {
        ServiceBus.Add(services, bus => bus
            .Hear<WhenSpaceChanged>("iot-ingest-spaces")
            .Hear<WhenLocationChanged>("iot-ingest-locations")
            .Hear<WhenBookingChanged>("iot-ingest-bookings")
            .Hear<WhenSnapshotRequested>("iot-ingest-snapshots")
            .Say<AlertOpened>()
            .Say<AlertAcknowledged>()
            .Say<AlertEscalated>()
            .Say<AlertResolved>()
            .Say<DeviceCameOnline>()
            .Say<DeviceWentOffline>()
            .Say<TwinChanged>()
            .Say<TwinDiverged>()
            .Say<TwinConverged>()
            .Say<SpaceOccupancyChanged>());
        services.AddHostedService<RequestSnapshot>();
    }
}
