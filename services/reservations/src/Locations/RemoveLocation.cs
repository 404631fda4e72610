using Coworking.Contracts;
using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Coworking.Reservations.Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Locations;

/// <summary>DELETE /locations/:id. Its row stays: past bookings name it.</summary>
internal static class RemoveLocation
{
    internal static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        RouteId id, ReservationsDb db, TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var outcome = await db.DecideAsync<Location>(
            async token =>
            {
                // Whoever adds a space locks the location too, so the answer below holds until this commits.
                if (await db.LockLocationAsync(id, token) is not { } location)
                {
                    return LocationRefusals.NotFound;
                }

                if (await db.Spaces.AnyAsync(space => space.LocationId == location.Id && space.RemovedAt == null, token))
                {
                    return LocationRefusals.HasSpaces;
                }

                location.Remove(now);
                db.Say(location.Said(ChangeKinds.Removed));
                await db.SaveChangesAsync(token);
                return location;
            },
            cancellationToken);

        return outcome.IsRefused(out var refused, out _) ? refused.ToProblem() : TypedResults.NoContent();
    }
}
