using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Coworking.Reservations.Series;

/// <summary>GET /booking-series/:id, with every occurrence.</summary>
internal static class GetSeries
{
    internal static async Task<Results<Ok<SeriesRow>, ProblemHttpResult>> Handle(
        RouteId id, Caller caller, HttpContext context, ReservationsDb db, CancellationToken cancellationToken)
    {
        var client = ClientScope.Of(caller);

        if (await SeriesRow.FindAsync(db, id, client, cancellationToken) is not { } row || !client.Covers(row.ClientEmail))
        {
            return SeriesRefusals.NotFound.ToProblem();
        }

        EntityTag.Show(context, row.Version);
        return TypedResults.Ok(row);
    }
}
