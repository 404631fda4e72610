using System.Text.Json;

namespace Coworking.Contracts.Tests.WireForms;

/// <summary>One message of each kind with every member filled: what is not filled could be renamed unseen.</summary>
internal static class Samples
{
    private static readonly Guid LocationId = Guid.Parse("cfaa672e-cf6e-4192-8736-254ca954928c");
    private static readonly Guid SpaceId = Guid.Parse("b6194839-7438-4587-a52e-eeef27d00282");
    private static readonly Guid MessageId = Guid.Parse("0199c0de-0000-7000-8000-000000000001");
    private static readonly Guid DeviceId = Guid.Parse("0199c0de-0000-7000-8000-0000000000d1");
    private static readonly DateTimeOffset Start = new(2026, 2, 3, 15, 0, 0, TimeSpan.Zero);

    private static readonly BookingFacts Booking = new(
        Guid.Parse("0199c0de-0000-7000-8000-0000000000b1"), SpaceId, LocationId, Start, Start.AddHours(2), Start.AddMinutes(-10), Start.AddMinutes(135), "confirmed");

    private static readonly AlertFacts Alert = new(
        Guid.Parse("0199c0de-0000-7000-8000-0000000000a1"), SpaceId, LocationId, "CO2", "warning",
        Start, Start.AddMinutes(5), Start.AddMinutes(5), ResolvedAt: null,
        JsonSerializer.Deserialize<JsonElement>("""{"value":1101,"threshold":1000,"unit":"ppm"}"""));

    internal static IReadOnlyDictionary<Type, object> All { get; } = Make().ToDictionary(message => message.GetType());

    private static IEnumerable<object> Make() => [.. Places(), .. Bookings(), .. Alerts(), .. Devices()];

    private static IEnumerable<object> Places()
    {
        yield return new LocationChanged(MessageId, Start, 3, ChangeKinds.Changed,
            new LocationFacts(LocationId, "Torre de Innovación Norte", 19.4326, -99.1332, "America/Mexico_City"));
        yield return new SpaceChanged(MessageId, Start, 7, ChangeKinds.Registered,
            new SpaceFacts(SpaceId, LocationId, "Sala Azul", "meeting_room", 8, Bookable: true, Active: true, "America/Mexico_City",
                new OfficeHours("09:00", "18:00", "America/Mexico_City", [1, 2, 3, 4, 5]), new ClimateLimits(18.5, 26, 300)));
    }

    private static IEnumerable<object> Bookings()
    {
        yield return new BookingPlaced(MessageId, Start.AddDays(-1), 1, Booking);
        yield return new BookingMoved(MessageId, Start.AddHours(-12), 2, Booking with { Start = Start.AddHours(1), End = Start.AddHours(3) });
        yield return new BookingCancelled(MessageId, Start.AddHours(-6), 3, Booking with { Status = "cancelled" });
        yield return new BookingStarted(MessageId, Start.AddMinutes(2), 3, Booking with { Status = "in_progress" });
        yield return new BookingEnded(MessageId, Start.AddHours(2), 4, Booking with { Status = "completed" });
    }

    private static IEnumerable<object> Alerts()
    {
        var now = Start.AddMinutes(5).AddMilliseconds(120);
        yield return new AlertOpened(MessageId, now, 1, Alert);
        yield return new AlertAcknowledged(MessageId, now.AddMinutes(3), 2, Alert, "admin");
        yield return new AlertEscalated(MessageId, now.AddHours(1), 2, Alert, 1);
        yield return new AlertResolved(MessageId, now.AddMinutes(20), 3, Alert with { ResolvedAt = Start.AddMinutes(24) }, "back_to_normal", "Window opened");
    }

    private static IEnumerable<object> Devices()
    {
        yield return new SpaceOccupancyChanged(MessageId, Start, 12, SpaceId, LocationId, "occupied", Start.AddMinutes(-2), 4,
            new OccupancyEvidence(12, Start.AddSeconds(-1), "healthy"));
        yield return new TwinChanged(MessageId, Start, 5, SpaceId, LocationId,
            new TwinDesired(10, 1000), 3, new TwinReported(10, 1000, "1.0.0", Start.AddMilliseconds(500)), 2);
        yield return new DeviceWentOffline(MessageId, Start, 8, DeviceId, SpaceId, Start.AddMinutes(-15));
        yield return new DeviceCameOnline(MessageId, Start, 9, DeviceId, SpaceId);
        yield return new TwinDiverged(MessageId, Start, 6, SpaceId, ["samplingIntervalSec", "co2AlertThreshold"]);
        yield return new TwinConverged(MessageId, Start, 7, SpaceId);
        yield return new SnapshotRequested(MessageId, Start, "iot-ingest");
    }
}
