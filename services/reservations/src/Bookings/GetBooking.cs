using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.Bookings;

/// <summary>GET /bookings/:id. A cancelled one is shown only to who asks for cancelled ones.</summary>
internal static class GetBooking
{
    internal static async Task<Results<Ok<BookingRow>, ProblemHttpResult>> Handle(
        RouteId id, Caller caller, HttpContext context, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var showsCancelled = QueryValues.Flag(context.Request.Query, "includeCancelled") is true
            | QueryValues.Word(context.Request.Query, "status", BookingStatus.All) is BookingStatus.Cancelled;
        var row = await database.FindAsync(
            $"select {BookingRow.Columns} from {BookingRow.Tables} where b.id = $1", BookingRow.Read, cancellationToken, id.Value);

        if (row is null || (row.Status == BookingStatus.Cancelled && !showsCancelled) || !ClientScope.Of(caller).Covers(row.ClientEmail))
        {
            return BookingRefusals.NotFound.ToProblem();
        }

        EntityTag.Show(context, row.Version);
        return TypedResults.Ok(row);
    }
}
