using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.Availability;

/// <summary>GET /spaces/:id/availability?from=&amp;to=&amp;minutes=&amp;step=. Every slot that the caller could book, on a grid of the location's wall clock.</summary>
internal static class ListFreeSlots
{
    private const int UsualMinutes = 60;
    private const int UsualStep = 15;
    private const int LeastStep = 5;
    private const int MinutesOfDay = 24 * 60;

    private const string FindSpace = $"select {BookableSpace.Columns} from {BookableSpace.Tables} where s.id = $1 and s.removed_at is null";

    internal sealed record Slot(DateTimeOffset StartTime, DateTimeOffset EndTime);

    internal sealed record Answer(Guid SpaceId, string Timezone, DateTimeOffset From, DateTimeOffset To, int Minutes, int Step, IReadOnlyList<Slot> Slots);

    internal static async Task<Results<Ok<Answer>, ProblemHttpResult>> Handle(
        RouteId id, Caller caller, HttpRequest request, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken)
    {
        var fields = new FieldErrors();
        int? asked = null;

        if (AvailabilityQuery.Read(request.Query, fields, () => asked = AvailabilityQuery.WholeNumber(fields, request.Query, "step", LeastStep, MinutesOfDay))
            .IsRefused(out var refusal, out var query))
        {
            return refusal.ToProblem();
        }

        if (await database.FindAsync(FindSpace, BookableSpace.Read, cancellationToken, id.Value) is not { } space)
        {
            return AvailabilityRefusals.SpaceNotFound.ToProblem();
        }

        var step = asked ?? (space.Policy.SlotStepMinutes is { } usual and >= LeastStep ? usual : UsualStep);
        var minutes = query.Minutes ?? UsualMinutes;
        var slots = new List<Slot>();

        if (space is { Active: true, Bookable: true })
        {
            var taken = await TakenTime.OfSpaceAsync(database, space, query.Window, cancellationToken);
            var length = TimeSpan.FromMinutes(minutes);
            var free = new SpaceTime(query.Window, caller.IsStaff, clock.GetUtcNow()).Of(space, taken);
            slots.AddRange(free.Starts(length, step).Select(start => new Slot(start, start + length)));
        }

        return TypedResults.Ok(new Answer(space.Id, space.Zone.Id, query.Window.From, query.Window.Until, minutes, step, slots));
    }
}
