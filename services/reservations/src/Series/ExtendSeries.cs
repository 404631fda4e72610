using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Coworking.Reservations.Series;

/// <summary>POST /booking-series/:id/extend. Count and until say where the whole series ends from now on, not how much is added.</summary>
internal static class ExtendSeries
{
    internal sealed record Request(int? Count, string? Until);

    internal static async Task<Results<Ok<SeriesRow>, Ok<SeriesPlan>, ProblemHttpResult>> Handle(
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
        var (fields, now) = (new FieldErrors(), clock.GetUtcNow());
        var end = SeriesDetails.ReadEnd(fields, "", request.Count, request.Until);

        if (fields.Refusal is { } malformed)
        {
            return malformed.ToProblem();
        }

        var decision = new Decision<Extended>(QueryValues.Flag(context.Request.Query, "dryRun") is true);
        var outcome = await db.DecideAsync(
            async token => await SeriesScope.LockAsync(db, id, ClientScope.Of(caller), context, token) is var found && found.IsRefused(out var refusal, out var series)
                ? refusal
                : decision.Of(await ExtendAsync(db, desk, series!, end, caller.IsStaff, now, token)),
            cancellationToken,
            BookingRefusals.SlotContest);

        if (decision.Judged is { } judged)
        {
            return TypedResults.Ok(SeriesPlan.Of(judged.Added, judged.Failed, judged.OnConflict));
        }

        if (outcome.IsRefused(out var refused, out var extended))
        {
            return refused.ToProblem();
        }

        for (var booked = extended.Added.Count - extended.Failed.Count; booked > 0; booked--)
        {
            metrics.Placed();
        }

        var row = (await SeriesRow.FindAsync(database, id, cancellationToken))!.With(extended.Failed);
        EntityTag.Show(context, row.Version);
        return TypedResults.Ok(row);
    }

    private static async Task<Outcome<Extended>> ExtendAsync(
        ReservationsDb db, BookingDesk desk, BookingSeries series, SeriesEnd end, bool mayBePast, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var present = await db.SeriesOccurrences.CountAsync(one => one.SeriesId == series.Id, cancellationToken);
        var rule = series.Rule with { Count = end.Count, Until = end.Until };

        if (Occurrences.Of(rule, Zones.Find(series.Timezone), "").IsRefused(out var contradiction, out var all))
        {
            return contradiction;
        }

        var added = all.Skip(present).ToList();

        if (added.Count == 0)
        {
            return SeriesRefusals.NoMore(present);
        }

        series.End(end.Count, end.Until, now);
        await db.SaveChangesAsync(cancellationToken);
        var failed = await Occurrences.PlaceAsync(db, desk, series, added, series.OnConflict, mayBePast, now, cancellationToken);
        return Occurrences.Refuse(failed, added.Count, series.OnConflict) is { } refusal ? refusal : new Extended(added, failed, series.OnConflict);
    }

    private sealed record Extended(List<Occurrence> Added, List<FailedOccurrence> Failed, string OnConflict);
}
