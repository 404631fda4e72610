using Coworking.Contracts;
using Coworking.Hosting.Messaging;
using Coworking.Reservations.Database;
using Coworking.Reservations.Spaces;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Messaging;

/// <summary>Puts what the bus shall hear beside the change it tells of; both commit with the next save.</summary>
internal static class Announcements
{
    internal static void Say(this ReservationsDb db, LocationChanged message) => db.Write(OutboxMessage.Of(message, message.MessageId, message.OccurredAt));

    internal static void Say(this ReservationsDb db, SpaceChanged message) => db.Write(OutboxMessage.Of(message, message.MessageId, message.OccurredAt));

    internal static void Say(this ReservationsDb db, BookingPlaced message) => db.Write(OutboxMessage.Of(message, message.MessageId, message.OccurredAt));

    internal static void Say(this ReservationsDb db, BookingMoved message) => db.Write(OutboxMessage.Of(message, message.MessageId, message.OccurredAt));

    internal static void Say(this ReservationsDb db, BookingCancelled message) => db.Write(OutboxMessage.Of(message, message.MessageId, message.OccurredAt));

    internal static void Say(this ReservationsDb db, BookingStarted message) => db.Write(OutboxMessage.Of(message, message.MessageId, message.OccurredAt));

    internal static void Say(this ReservationsDb db, BookingEnded message) => db.Write(OutboxMessage.Of(message, message.MessageId, message.OccurredAt));

    internal static void Say(this ReservationsDb db, SnapshotRequested message) => db.Write(OutboxMessage.Of(message, message.MessageId, message.OccurredAt));

    /// <summary>Says a space with what its readers need from elsewhere. Its row must be locked, so that zone and hours are those of this version.</summary>
    internal static async Task SaySpaceAsync(this ReservationsDb db, Space space, string change, CancellationToken cancellationToken)
    {
        var timezone = await db.Locations.Where(location => location.Id == space.LocationId).Select(location => location.Timezone).SingleAsync(cancellationToken);
        var hours = await db.Hours.AsNoTracking().SingleOrDefaultAsync(row => row.SpaceId == space.Id, cancellationToken);
        db.Say(space.Said(change, timezone, hours?.Facts()));
    }
}
