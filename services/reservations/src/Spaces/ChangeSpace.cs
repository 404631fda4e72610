using System.ComponentModel.DataAnnotations;
using Coworking.Contracts;
using Coworking.Hosting.Http;
using Coworking.Hosting.Json;
using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Database;
using Coworking.Reservations.Locations;
using Coworking.Reservations.Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.Spaces;

/// <summary>What must commit together with a space's move to another location. Registered by the folder that depends on it.</summary>
internal delegate Task SpaceRelocated(ReservationsDb db, Guid spaceId, Guid locationId, DateTimeOffset now, CancellationToken cancellationToken);

/// <summary>PATCH /spaces/:id. Only what is named changes; null clears what may be empty.</summary>
internal static class ChangeSpace
{
    internal sealed record Request(
        [property: Format("uuid")] Optional<string> LocationId,
        [property: StringLength(200, MinimumLength = 1)] Optional<string> Name,
        [property: StringLength(500)] Optional<string> Reference,
        [property: Range(1, int.MaxValue)] Optional<int?> Capacity,
        [property: StringLength(2000)] Optional<string> Description,
        [property: AllowedValues(SpaceKinds.MeetingRoom, "private_office", "hot_desk", "phone_booth", "studio", SpaceKinds.Pantry, SpaceKinds.ServerRoom, "other")] Optional<string> Kind,
        Optional<bool?> Bookable,
        Optional<bool?> Active,
        Optional<string[]> Amenities,
        Optional<SpaceClimate> Climate,
        [property: Range(0, 1440)] Optional<int?> BufferBefore,
        [property: Range(0, 1440)] Optional<int?> BufferAfter);

    internal static async Task<Results<Ok<SpaceRow>, ProblemHttpResult>> Handle(
        RouteId id,
        Request request,
        ReservationsDb db,
        NpgsqlDataSource database,
        SpaceRelocated relocated,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var outcome = await db.DecideAsync(token => ChangeAsync(id, request, db, relocated, clock.GetUtcNow(), token), cancellationToken);

        if (outcome.IsRefused(out var refused, out var space))
        {
            return refused.ToProblem();
        }

        return await SpaceRow.FindAsync(database, space.Id, cancellationToken) is { } row ? TypedResults.Ok(row) : SpaceRefusals.NotFound.ToProblem();
    }

    private static async Task<Outcome<Space>> ChangeAsync(
        Guid id, Request request, ReservationsDb db, SpaceRelocated relocated, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // The location before the space, as everyone does who locks both.
        var isLocationKnown = !Guid.TryParseExact(request.LocationId.Value, "D", out var target)
            || await db.LockLocationAsync(target, cancellationToken) is not null;

        if (await db.LockSpaceAsync(id, cancellationToken) is not { } space)
        {
            return SpaceRefusals.NotFound;
        }

        var present = SpaceDetails.Of(space);
        var wanted = Over(present, request);

        if (wanted.Check().IsRefused(out var refusal, out var details))
        {
            return refusal;
        }

        if (!isLocationKnown)
        {
            return SpaceRefusals.LocationNotFound;
        }

        if (wanted == present)
        {
            return space;
        }

        var from = space.LocationId;
        space.Change(details, now);
        await db.SaySpaceAsync(space, ChangeKinds.Changed, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);

        if (space.LocationId != from)
        {
            await relocated(db, space.Id, space.LocationId, now, cancellationToken);
        }

        return space;
    }

    private static SpaceDetails Over(SpaceDetails present, Request request) => new(
        request.LocationId.Or(present.LocationId),
        request.Name.Or(present.Name),
        request.Reference.Or(present.Reference),
        request.Capacity.Or(present.Capacity),
        request.Description.Or(present.Description),
        request.Kind.Or(present.Kind),
        // A room that becomes a pantry is no longer booked; nobody has to say so twice.
        request.Bookable.Or(request.Kind.IsGiven && SpaceKinds.IsMonitoredOnly(request.Kind.Value) ? false : present.Bookable),
        request.Active.Or(present.Active),
        request.Amenities.Or(present.Amenities),
        request.Climate.Or(present.Climate),
        request.BufferBefore.Or(present.BufferBefore),
        request.BufferAfter.Or(present.BufferAfter));
}
