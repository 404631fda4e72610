using System.ComponentModel.DataAnnotations;
using Coworking.Contracts;
using Coworking.Hosting.Http;
using Coworking.Hosting.Json;
using Coworking.Reservations.Database;
using Coworking.Reservations.Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Locations;

/// <summary>What must commit together with a location's new zone, in the order in which it is registered by the folders that depend on it.</summary>
internal delegate Task ZoneChanged(ReservationsDb db, Guid locationId, DateTimeOffset now, CancellationToken cancellationToken);

/// <summary>PATCH /locations/:id. Only what is named changes; null clears what may be empty.</summary>
internal static class ChangeLocation
{
    internal sealed record Request(
        [property: StringLength(200, MinimumLength = 1)] Optional<string> Name,
        [property: Range(-90.0, 90.0)] Optional<double?> Latitude,
        [property: Range(-180.0, 180.0)] Optional<double?> Longitude,
        [property: StringLength(64)] Optional<string> Timezone,
        [property: StringLength(500)] Optional<string> Address,
        [property: MaxLength(20)] Optional<string[]> Contacts);

    internal static async Task<Results<Ok<LocationRow>, ProblemHttpResult>> Handle(
        RouteId id, Request request, ReservationsDb db, IEnumerable<ZoneChanged> zoneChanged, TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var outcome = await db.DecideAsync<LocationRow>(
            async token =>
            {
                if (await db.LockLocationAsync(id, token) is not { } location)
                {
                    return LocationRefusals.NotFound;
                }

                var present = LocationDetails.Of(location);
                var wanted = Over(present, request);

                if (wanted.Check().IsRefused(out var refusal, out var details))
                {
                    return refusal;
                }

                if (wanted != present)
                {
                    location.Change(details, now);
                    db.Say(location.Said(ChangeKinds.Changed));
                    await db.SaveChangesAsync(token);
                }

                if (location.Timezone != present.Timezone)
                {
                    foreach (var follow in zoneChanged)
                    {
                        await follow(db, location.Id, now, token);
                    }
                }

                return LocationRow.Of(location, await db.Spaces.LongCountAsync(space => space.LocationId == location.Id && space.RemovedAt == null, token));
            },
            cancellationToken);

        return outcome.IsRefused(out var refused, out var row) ? refused.ToProblem() : TypedResults.Ok(row);
    }

    private static LocationDetails Over(LocationDetails present, Request request) => new(
        request.Name.Or(present.Name),
        request.Latitude.Or(present.Latitude),
        request.Longitude.Or(present.Longitude),
        request.Timezone.Or(present.Timezone),
        request.Address.Or(present.Address),
        request.Contacts.Or(present.Contacts));
}
