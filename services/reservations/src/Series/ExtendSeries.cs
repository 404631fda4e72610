using System.ComponentModel.DataAnnotations;
using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Coworking.Reservations.Series;

/// <summary>POST /booking-series/:id/extend. Count and until say where the whole series ends from now on, not how much is added.</summary>
internal static class ExtendSeries
{
    internal sealed record Request(
        [property: Range(1, Recurrence.Most)] int? Count,
        [property: Format("date")] string? Until);

    internal static async Task<Results<Ok<SeriesRow>, Ok<SeriesPlan>, ProblemHttpResult>> Handle(
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
        var (fields, now) = (new FieldErrors(), clock.GetUtcNow());
        var end = SeriesDetails.ReadEnd(fields, "", request.Count, request.Until);

        if (fields.Refusal is { } malformed)
        {
            return malformed.ToProblem();
        }

        var dryRun = QueryValues.Flag(context.Request.Query, "dryRun") is true;
        var outcome = dryRun ? await db.RehearseAsync(DecideAsync, cancellationToken) : await db.DecideAsync(DecideAsync, cancellationToken, BookingRefusals.SlotContest);

        if (outcome.IsRefused(out var refused, out var extended))
        {
            return refused.ToProblem();
        }

        var (row, series) = (extended.Row, extended.Series);
        var failed = await Occurrences.SuggestAsync(db, series.OnConflict, extended.Failed, series.SpaceId, series.Client, caller.IsStaff, now, cancellationToken);

        if (dryRun)
        {
            return TypedResults.Ok(SeriesPlan.Of(extended.Added, failed, series.OnConflict));
        }

        metrics.Placed(extended.Added.Count - failed.Count);
        EntityTag.Show(context, row.Version);
        return TypedResults.Ok(row.With(failed));

        async Task<Outcome<Extended>> DecideAsync(CancellationToken token) =>
            (await SeriesScope.LockAsync(db, id, ClientScope.Of(caller), context, token)).IsRefused(out var refusal, out var found)
                ? refusal
                : await ExtendAsync(db, desk, found, ClientScope.Of(caller), end, caller.IsStaff, now, token);
    }

    private static async Task<Outcome<Extended>> ExtendAsync(
        ReservationsDb db, BookingDesk desk, BookingSeries series, ClientScope client, SeriesEnd end, bool mayBePast, DateTimeOffset now, CancellationToken cancellationToken)
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
        return Occurrences.Refuse(failed, added.Count, series.OnConflict) is { } refusal
            ? refusal
            : new Extended((await SeriesRow.FindAsync(db, series.Id, client, cancellationToken))!, series, added, failed);
    }

    private sealed record Extended(SeriesRow Row, BookingSeries Series, List<Occurrence> Added, List<FailedOccurrence> Failed);
}
