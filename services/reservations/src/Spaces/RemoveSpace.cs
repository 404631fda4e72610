using Coworking.Contracts;
using Coworking.Hosting.Http;
using Coworking.Reservations.Database;
using Coworking.Reservations.Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Spaces;

/// <summary>DELETE /spaces/:id. Its row stays: past bookings and readings name it.</summary>
internal static class RemoveSpace
{
    internal static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        RouteId id, ReservationsDb db, TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var outcome = await db.DecideAsync<Space>(
            async token =>
            {
                // Whoever books locks the space too, so the answer below holds until this commits.
                if (await db.LockSpaceAsync(id, token) is not { } space)
                {
                    return SpaceRefusals.NotFound;
                }

                if (await HasBookingsToComeAsync(db, space.Id, now, token))
                {
                    return SpaceRefusals.HasBookings;
                }

                space.Remove(now);
                await db.SaySpaceAsync(space, ChangeKinds.Removed, token);
                await db.SaveChangesAsync(token);
                return space;
            },
            cancellationToken);

        return outcome.IsRefused(out var refused, out _) ? refused.ToProblem() : TypedResults.NoContent();
    }

    private static async Task<bool> HasBookingsToComeAsync(ReservationsDb db, Guid spaceId, DateTimeOffset now, CancellationToken cancellationToken) =>
        (await db.Database.SqlQuery<bool>($"""
            select exists (
                select from bookings where space_id = {spaceId} and end_time > {now} and status in ('held', 'pending', 'confirmed', 'in_progress')) as "Value"
            """).ToListAsync(cancellationToken)).Single();
}
