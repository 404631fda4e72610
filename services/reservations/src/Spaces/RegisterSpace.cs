using Coworking.Contracts;
using Coworking.Reservations.Database;
using Coworking.Reservations.Locations;
using Coworking.Reservations.Messaging;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Coworking.Reservations.Spaces;

/// <summary>POST /spaces.</summary>
internal static class RegisterSpace
{
    internal static async Task<Results<Created<SpaceRow>, ProblemHttpResult>> Handle(
        SpaceDetails request, ReservationsDb db, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (request.WithDefaults().Check().IsRefused(out var refusal, out var details))
        {
            return refusal.ToProblem();
        }

        var now = clock.GetUtcNow();
        var outcome = await db.DecideAsync<Space>(
            async token =>
            {
                if (await db.LockLocationAsync(Guid.Parse(details.LocationId!), token) is null)
                {
                    return SpaceRefusals.LocationNotFound;
                }

                var space = Space.Register(Guid.CreateVersion7(now), details, now);
                db.Spaces.Add(space);
                await db.SaySpaceAsync(space, ChangeKinds.Registered, token);
                await db.SaveChangesAsync(token);
                return space;
            },
            cancellationToken);

        return outcome.IsRefused(out var refused, out var placed)
            ? refused.ToProblem()
            : TypedResults.Created($"/api/v1/spaces/{placed.Id}", await SpaceRow.FindAsync(db, placed.Id, cancellationToken));
    }
}
