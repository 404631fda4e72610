using Coworking.Contracts;
using Coworking.Hosting.Messaging;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Messaging;

/// <summary>
/// Says everything again that this service owns: locations and spaces, removed ones included, and live bookings, each with its present version.
/// Through the outbox like all else, so it is said whole or, after a crash, again.
/// </summary>
internal sealed class WhenSnapshotRequested(ReservationsDb db, TimeProvider clock, ILogger<WhenSnapshotRequested> log) : IConsumer<SnapshotRequested>
{
    // Rows held in memory at a time.
    private const int Chunk = 500;

    public async Task Consume(ConsumeContext<SnapshotRequested> context)
    {
        var cancellationToken = context.CancellationToken;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        if (!await db.IsNewAsync(context.Message.MessageId, nameof(WhenSnapshotRequested), cancellationToken))
        {
            return;
        }

        var locations = await db.Locations.AsNoTracking().OrderBy(location => location.Id).ToListAsync(cancellationToken);
        locations.ForEach(location => db.Say(location.Said(Change(location.RemovedAt))));
        var spaces = await SaySpacesAsync(locations.ToDictionary(location => location.Id, location => location.Timezone), cancellationToken);
        var bookings = await SayBookingsAsync(clock.GetUtcNow(), cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        log.Repeated(context.Message.RequestedBy, locations.Count, spaces, bookings);
    }

    private async Task<int> SaySpacesAsync(Dictionary<Guid, string> timezones, CancellationToken cancellationToken)
    {
        var hours = await db.Hours.AsNoTracking().ToDictionaryAsync(row => row.SpaceId, cancellationToken);
        var spaces = await db.Spaces.AsNoTracking().OrderBy(space => space.Id).ToListAsync(cancellationToken);
        // A location that was added between the two reads has said itself, and its space too.
        var known = spaces.Where(space => timezones.ContainsKey(space.LocationId)).ToList();
        known.ForEach(space => db.Say(space.Said(Change(space.RemovedAt), timezones[space.LocationId], hours.GetValueOrDefault(space.Id)?.Facts())));
        return known.Count;
    }

    private async Task<int> SayBookingsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var said = 0;

        for (Guid last = default; ;)
        {
            var after = last;
            var bookings = await db.Bookings.AsNoTracking()
                .Where(booking => booking.Id > after && booking.BlockedUntil > now && BookingStatus.Live.Contains(booking.Status))
                .OrderBy(booking => booking.Id)
                .Take(Chunk)
                .ToListAsync(cancellationToken);
            bookings.ForEach(booking => db.Say(booking.Placed()));
            await db.SaveChangesAsync(cancellationToken);
            db.ChangeTracker.Clear();
            said += bookings.Count;

            if (bookings.Count < Chunk)
            {
                return said;
            }

            last = bookings[^1].Id;
        }
    }

    private static string Change(DateTimeOffset? removedAt) => removedAt is null ? ChangeKinds.Changed : ChangeKinds.Removed;
}
