using Coworking.Contracts;
using Coworking.Reservations.Database;
using Coworking.Reservations.Messaging;

namespace Coworking.Reservations.Spaces;

/// <summary>A location's new zone is news of each of its spaces: others know the zone by the space.</summary>
internal static class SpacesFollowTheirZone
{
    internal static async Task Handle(ReservationsDb db, Guid locationId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // In one order everywhere, so that two such changes never wait for each other.
        var spaces = await db.LockAsync<Space>("location_id = {0} and removed_at is null order by id", cancellationToken, locationId);

        foreach (var space in spaces)
        {
            space.Touch(now);
            await db.SaySpaceAsync(space, ChangeKinds.Changed, cancellationToken);
        }

        await db.SaveChangesAsync(cancellationToken);
    }
}
