using System.ComponentModel.DataAnnotations;
using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Problems;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Coworking.Reservations.Series;

/// <summary>POST /booking-series/:id/cancel, and DELETE for all of it. What has begun stays as it is, unless it alone is meant.</summary>
internal static class CancelSeries
{
    internal sealed record Request(
        [property: Required, AllowedValues(SeriesScope.This, SeriesScope.Following, SeriesScope.All)] string? Scope,
        string? Occurrence,
        [property: StringLength(500)] string? Reason);

    internal static async Task<Results<Ok<SeriesRow>, ProblemHttpResult>> Handle(
        RouteId id,
        Request request,
        Caller caller,
        HttpContext context,
        ReservationsDb db,
        BookingDesk desk,
        ReservationsMetrics metrics,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var fields = new FieldErrors();
        var scope = SeriesScope.Read(fields, request.Scope, request.Occurrence);
        var reason = fields.Text("reason", request.Reason, 500);
        var outcome = fields.Refusal is { } malformed ? malformed : await CancelAsync(id, scope, reason, caller, context, db, desk, metrics, clock.GetUtcNow(), cancellationToken);

        if (outcome.IsRefused(out var refused, out var row))
        {
            return refused.ToProblem();
        }

        EntityTag.Show(context, row.Version);
        return TypedResults.Ok(row);
    }

    internal static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        RouteId id, Caller caller, HttpContext context, ReservationsDb db, BookingDesk desk, ReservationsMetrics metrics, TimeProvider clock, CancellationToken cancellationToken) =>
        (await CancelAsync(id, SeriesScope.Whole, reason: null, caller, context, db, desk, metrics, clock.GetUtcNow(), cancellationToken)).IsRefused(out var refused, out _)
            ? refused.ToProblem()
            : TypedResults.NoContent();

    private static async Task<Outcome<SeriesRow>> CancelAsync(
        Guid id,
        SeriesScope scope,
        string? reason,
        Caller caller,
        HttpContext context,
        ReservationsDb db,
        BookingDesk desk,
        ReservationsMetrics metrics,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var (client, cancelled) = (ClientScope.Of(caller), 0);
        var outcome = await db.DecideAsync<SeriesRow>(
            async token =>
            {
                if ((await SeriesScope.LockAsync(db, id, client, context, token)).IsRefused(out var refusal, out var series)
                    || (await scope.OpenAsync(db, series, client, now, token)).IsRefused(out refusal, out var open)
                    || (await CancelAsync(db, desk, series, open, scope, reason, caller.IsStaff, now, token)).IsRefused(out refusal, out _))
                {
                    return refusal;
                }

                cancelled = open.Count;
                return (await SeriesRow.FindAsync(db, id, client, token))!;
            },
            cancellationToken,
            BookingRefusals.SlotContest);

        if (outcome.Refusal is null)
        {
            metrics.Cancelled(cancelled);
        }

        return outcome;
    }

    private static async Task<Outcome<BookingSeries>> CancelAsync(
        ReservationsDb db,
        BookingDesk desk,
        BookingSeries series,
        List<LiveOccurrence> open,
        SeriesScope scope,
        string? reason,
        bool isStaff,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        // All of a series can be cancelled when nothing of it is left: then nothing is added to it any more.
        if (open.Count == 0 && scope.Word != SeriesScope.All)
        {
            return SeriesRefusals.NothingToChange;
        }

        var failed = new List<FailedOccurrence>();

        foreach (var live in open)
        {
            live.Track(db);

            if (await CancelRule.RefuseAsync(db, live.Booking, isStaff, now, cancellationToken) is { } tooLate)
            {
                failed.Add(new FailedOccurrence(live.At(live.One.WallStart, live.One.WallEnd, Zones.Find(series.Timezone)), tooLate));
            }
            else if ((await desk.BecomeAsync(live.Booking, BookingStatus.Cancelled, now, cancellationToken, reason)).IsRefused(out var refusal, out _))
            {
                return refusal;
            }
        }

        // All or none: whoever is too late for the next one names the one after it, and those that follow.
        if (failed.Count > 0)
        {
            return SeriesRefusals.Fails(failed, open.Count, "cancelled");
        }

        // Tracking one after the other has let go of it.
        db.ChangeTracker.Clear();
        db.Attach(series);

        if (scope.Word == SeriesScope.All)
        {
            series.Cancel(now);
        }
        else
        {
            series.Touch(now);
        }

        await db.SaveChangesAsync(cancellationToken);
        return series;
    }
}
