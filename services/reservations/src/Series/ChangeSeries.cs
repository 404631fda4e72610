using System.ComponentModel.DataAnnotations;
using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Json;
using Coworking.Hosting.OpenApi;
using Coworking.Hosting.Problems;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Coworking.Reservations.Series;

/// <summary>PATCH /booking-series/:id. Moves one, it and the following, or all that are still to come; every rule is judged again for each, and all move or none.</summary>
internal static class ChangeSeries
{
    internal sealed record Request(
        [property: Required, AllowedValues(SeriesScope.This, SeriesScope.Following, SeriesScope.All)] string? Scope,
        string? Occurrence,
        [property: Required] Changes? Changes);

    internal sealed record Changes(
        string? StartTime,
        string? EndTime,
        [property: Format("uuid")] string? SpaceId,
        [property: StringLength(200)] Optional<string> ClientName,
        [property: StringLength(200)] Optional<string> Company,
        [property: StringLength(50)] Optional<string> Phone,
        [property: StringLength(2000)] Optional<string> Inquiry,
        [property: Range(1, int.MaxValue)] Optional<int?> Attendees);

    internal static async Task<Results<Ok<SeriesRow>, ProblemHttpResult>> Handle(
        RouteId id,
        Request request,
        Caller caller,
        HttpContext context,
        ReservationsDb db,
        BookingDesk desk,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        if (Read(request).IsRefused(out var malformed, out var wish))
        {
            return malformed.ToProblem();
        }

        var now = clock.GetUtcNow();
        var outcome = QueryValues.Flag(context.Request.Query, "dryRun") is true
            ? await db.RehearseAsync(DecideAsync, cancellationToken)
            : await db.DecideAsync(DecideAsync, cancellationToken, BookingRefusals.SlotContest);

        if (outcome.IsRefused(out var refused, out var row))
        {
            return refused.ToProblem();
        }

        EntityTag.Show(context, row.Version);
        return TypedResults.Ok(row);

        async Task<Outcome<SeriesRow>> DecideAsync(CancellationToken token)
        {
            var client = ClientScope.Of(caller);

            if ((await SeriesScope.LockAsync(db, id, client, context, token)).IsRefused(out var unknown, out var series))
            {
                return unknown;
            }

            return await ChangeAsync(db, desk, series, client, wish, caller.IsStaff, now, token) is { } refusal
                ? refusal
                : (await SeriesRow.FindAsync(db, id, client, token))!;
        }
    }

    private static async Task<Refusal?> ChangeAsync(
        ReservationsDb db, BookingDesk desk, BookingSeries series, ClientScope client, Wish wish, bool mayBePast, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if ((await wish.Scope.OpenAsync(db, series, client, now, cancellationToken)).IsRefused(out var unknown, out var open))
        {
            return unknown;
        }

        var zone = wish.SpaceId is not { } target ? Zones.Find(series.Timezone) : (await BookableSpace.LockAsync(db, target, cancellationToken))?.Zone;

        if (open.Count == 0 || zone is null)
        {
            return open.Count == 0 ? SeriesRefusals.NothingToChange : BookingRefusals.SpaceNotFound;
        }

        if (wish.Times.Over(series.FirstStart, series.FirstEnd) is not var (start, end))
        {
            return Refusal.Field("changes.endTime", "endTime must be after startTime; give both for a night");
        }

        // Who moves later makes room from the end: each goes where the one after it has been.
        var ordered = start.TimeOfDay > series.FirstStart.TimeOfDay ? Enumerable.Reverse(open) : open;
        var failed = new List<FailedOccurrence>();

        foreach (var live in ordered)
        {
            // Only what is being moved is tracked, or each save would look through all.
            live.Track(db);

            if (await MoveAsync(desk, live, wish, zone, mayBePast, now, cancellationToken) is { } failure)
            {
                failed.Add(failure);
            }
        }

        if (failed.Count > 0)
        {
            return SeriesRefusals.Fails([.. failed.OrderBy(one => one.One.Index)], open.Count, "moved");
        }

        // Tracking one after the other has let go of it.
        db.ChangeTracker.Clear();
        db.Attach(series);

        if (wish.Scope.IsOne)
        {
            series.Touch(now);
        }
        else
        {
            series.Change(wish.SpaceId ?? series.SpaceId, zone, series.Rule with { Start = start, End = end }, wish.Over(series.Client), now);
        }

        await db.SaveChangesAsync(cancellationToken);
        return null;
    }

    private static async Task<FailedOccurrence?> MoveAsync(
        BookingDesk desk, LiveOccurrence live, Wish wish, TimeZoneInfo zone, bool mayBePast, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (booking, isException) = (live.Booking, live.IsException);
        var staysThere = isException && !wish.Scope.IsOne;
        var (from, until) = isException ? (WallClock.Of(booking.StartTime, zone), WallClock.Of(booking.EndTime, zone)) : (live.One.WallStart, live.One.WallEnd);
        var moves = !staysThere && (wish.Times.Changes || wish.SpaceId is not null);

        if (wish.Times.Over(from, until) is not var (start, end))
        {
            return new FailedOccurrence(live.At(from, until, zone), Refusal.Field("changes.endTime", "endTime must be after startTime; give both for a night"));
        }

        var one = moves ? live.At(start, end, zone) : new Occurrence(live.One.Index, from, until, booking.StartTime, booking.EndTime);
        var wanted = Occurrences.Wish(moves ? wish.SpaceId ?? booking.SpaceId : booking.SpaceId, wish.Over(Client(booking)), one);

        // Before the move, whose save takes it along; a refusal undoes both.
        if (moves && !wish.Scope.IsOne)
        {
            live.One.Mean(wanted.SpaceId, one);
        }

        var moved = await desk.MoveAsync(booking, wanted, new Terms(booking.Source, mayBePast), now, cancellationToken);
        return moved.IsRefused(out var refusal, out _) ? new FailedOccurrence(one, refusal) : null;
    }

    private static SeriesClient Client(Booking booking) =>
        new(booking.ClientEmail, booking.ClientName, booking.Company, booking.Phone, booking.Inquiry, booking.Attendees);

    private static Outcome<Wish> Read(Request request)
    {
        var fields = new FieldErrors();
        var scope = SeriesScope.Read(fields, request.Scope, request.Occurrence);

        if (request.Changes is not { } changes)
        {
            fields.Add("changes", "changes must say what is to change");
            return fields.Refusal!;
        }

        var wish = new Wish(
            scope,
            WallTimes.Read(fields, changes.StartTime, changes.EndTime),
            changes.SpaceId is null ? null : fields.Uuid("changes.spaceId", changes.SpaceId),
            Text(fields, "clientName", changes.ClientName, 200),
            Text(fields, "company", changes.Company, 200),
            Text(fields, "phone", changes.Phone, 50),
            Text(fields, "inquiry", changes.Inquiry, 2000),
            changes.Attendees);
        fields.Require(changes.Attendees is not { IsGiven: true, Value: < 1 }, "changes.attendees", "changes.attendees must be a whole number of at least 1");
        return fields.Refusal is { } refusal ? refusal : wish;
    }

    private static Optional<string> Text(FieldErrors fields, string name, Optional<string> text, int max) =>
        text.IsGiven ? new(fields.Text("changes." + name, text.Value, max)) : text;

    private sealed record Wish(
        SeriesScope Scope,
        WallTimes Times,
        Guid? SpaceId,
        Optional<string> Name,
        Optional<string> Company,
        Optional<string> Phone,
        Optional<string> Inquiry,
        Optional<int?> Attendees)
    {
        internal SeriesClient Over(SeriesClient present) => new(
            present.Email,
            Name.Or(present.Name),
            Company.Or(present.Company),
            Phone.Or(present.Phone),
            Inquiry.Or(present.Inquiry),
            Attendees.Or(present.Attendees));
    }
}
