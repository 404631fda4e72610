using Coworking.Contracts;
using Coworking.Reservations.Database;
using Coworking.Reservations.Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Coworking.Reservations.Locations;

/// <summary>POST /locations.</summary>
internal static class RegisterLocation
{
    internal static async Task<Results<Created<LocationRow>, ProblemHttpResult>> Handle(
        LocationDetails request, ReservationsDb db, IOptions<ReservationsOptions> options, TimeProvider clock, CancellationToken cancellationToken)
    {
        if ((request with { Timezone = request.Timezone ?? options.Value.DefaultTimezone }).Check().IsRefused(out var refusal, out var details))
        {
            return refusal.ToProblem();
        }

        var now = clock.GetUtcNow();
        var location = Location.Register(Guid.CreateVersion7(now), details, now);
        db.Locations.Add(location);
        db.Say(location.Said(ChangeKinds.Registered));
        await db.SaveChangesAsync(cancellationToken);

        return TypedResults.Created($"/api/v1/locations/{location.Id}", LocationRow.Of(location, spaces: 0));
    }
}
