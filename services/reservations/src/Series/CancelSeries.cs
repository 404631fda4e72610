using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Hosting.Problems;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.Series;

/// <summary>POST /booking-series/:id/cancel, and DELETE for all of it. What has begun stays as it is, unless it alone is meant.</summary>
internal static class CancelSeries
{
    internal sealed record Request(string? Scope, string? Occurrence, string? Reason);

    internal static async Task<Results<Ok<SeriesRow>, ProblemHttpResult>> Handle(
        RouteId id,
        Request request,
        Caller caller,
        HttpContext context,
        ReservationsDb db,
        BookingDesk desk,
        NpgsqlDataSource database,
        ReservationsMetrics metrics,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var fields = new FieldErrors();
        var scope = SeriesScope.Read(fields, request.Scope, request.Occurrence);
        var reason = fields.Text("reason", request.Reason, 500);
        var refusal = fields.Refusal ?? await CancelAsync(id, scope, reason, caller, context, db, desk, metrics, clock.GetUtcNow(), cancellationToken);

        if (refusal is not null)
        {
            return refusal.ToProblem();
        }

        var row = (await SeriesRow.FindAsync(database, id, cancellationToken))!;
        EntityTag.Show(context, row.Version);
        return TypedResults.Ok(row);
    }

    internal static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        RouteId id, Caller caller, HttpContext context, ReservationsDb db, BookingDesk desk, ReservationsMetrics metrics, TimeProvider clock, CancellationToken cancellationToken) =>
        await CancelAsync(id, SeriesScope.Whole, reason: null, caller, context, db, desk, metrics, clock.GetUtcNow(), cancellationToken) is { } refusal
            ? refusal.ToProblem()
            : TypedResults.NoContent();

    private static async Task<Refusal?> CancelAsync(
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
        var outcome = await db.DecideAsync<List<LiveOccurrence>>(
            async token =>
            {
                if ((await SeriesScope.LockAsync(db, id, ClientScope.Of(caller), context, token)).IsRefused(out var refusal, out var series)
                    || (await scope.OpenAsync(db, series, now, token)).IsRefused(out refusal, out var open))
                {
                    return refusal;
                }

                return await CancelAsync(db, desk, series, open, scope, reason, now, token);
            },
            cancellationToken,
            BookingRefusals.SlotContest);

        for (var cancelled = outcome.Value?.Count ?? 0; cancelled > 0; cancelled--)
        {
            metrics.Cancelled();
        }

        return outcome.Refusal;
    }

    private static async Task<Outcome<List<LiveOccurrence>>> CancelAsync(
        ReservationsDb db, BookingDesk desk, BookingSeries series, List<LiveOccurrence> open, SeriesScope scope, string? reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // All of a series can be cancelled when nothing of it is left: then nothing is added to it any more.
        if (open.Count == 0 && scope.Word != SeriesScope.All)
        {
            return SeriesRefusals.NothingToChange;
        }

        foreach (var live in open)
        {
            if ((await desk.BecomeAsync(live.Booking, BookingStatus.Cancelled, now, cancellationToken, reason)).IsRefused(out var refusal, out _))
            {
                return refusal;
            }
        }

        if (scope.Word == SeriesScope.All)
        {
            series.Cancel(now);
        }
        else
        {
            series.Touch(now);
        }

        await db.SaveChangesAsync(cancellationToken);
        return open;
    }
}
