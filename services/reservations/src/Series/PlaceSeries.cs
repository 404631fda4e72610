using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Coworking.Reservations.Series;

/// <summary>POST /booking-series. One transaction: either all dates or, if the client so wishes, those that can be had and the reasons for the rest.</summary>
internal static class PlaceSeries
{
    internal static async Task<Results<Created<SeriesRow>, Ok<SeriesPlan>, ProblemHttpResult>> Handle(
        SeriesDetails request,
        Caller caller,
        HttpContext context,
        ReservationsDb db,
        BookingDesk desk,
        ReservationsMetrics metrics,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var dryRun = QueryValues.Flag(context.Request.Query, "dryRun") is true;

        if (request.Read().IsRefused(out var malformed, out var wish))
        {
            return malformed.ToProblem();
        }

        if (!ClientScope.Of(caller).Covers(wish.Client.Email))
        {
            return BookingRefusals.NotYourEmail.ToProblem();
        }

        var now = clock.GetUtcNow();
        var outcome = dryRun ? await db.RehearseAsync(DecideAsync, cancellationToken) : await db.DecideAsync(DecideAsync, cancellationToken, BookingRefusals.SlotContest);

        if (outcome.IsRefused(out var refused, out var placed))
        {
            return refused.ToProblem();
        }

        var failed = await Occurrences.SuggestAsync(db, wish.OnConflict, placed.Failed, wish.SpaceId, wish.Client, caller.IsStaff, now, cancellationToken);

        if (dryRun)
        {
            return TypedResults.Ok(SeriesPlan.Of(placed.All, failed, wish.OnConflict));
        }

        metrics.Placed(placed.All.Count - failed.Count);
        EntityTag.Show(context, placed.Row.Version);
        return TypedResults.Created($"/api/v1/booking-series/{placed.Row.Id}", placed.Row.With(failed));

        Task<Outcome<Placed>> DecideAsync(CancellationToken token) => PlaceAsync(db, desk, wish, caller.IsStaff, now, token);
    }

    private static async Task<Outcome<Placed>> PlaceAsync(
        ReservationsDb db, BookingDesk desk, SeriesWish wish, bool mayBePast, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await BookableSpace.LockAsync(db, wish.SpaceId, cancellationToken) is not { } space)
        {
            return BookingRefusals.SpaceNotFound;
        }

        var rule = wish.On(space.Zone);

        if (Occurrences.Of(rule, space.Zone, "repeat.").IsRefused(out var contradiction, out var all))
        {
            return contradiction;
        }

        var series = BookingSeries.Make(wish, rule, space.Zone, now);
        db.Series.Add(series);
        await db.SaveChangesAsync(cancellationToken);
        var failed = await Occurrences.PlaceAsync(db, desk, series, all, wish.OnConflict, mayBePast, now, cancellationToken);
        return Occurrences.Refuse(failed, all.Count, wish.OnConflict) is { } refusal
            ? refusal
            : new Placed((await SeriesRow.FindAsync(db, series.Id, client: default, cancellationToken))!, all, failed);
    }

    private sealed record Placed(SeriesRow Row, List<Occurrence> All, List<FailedOccurrence> Failed);
}
