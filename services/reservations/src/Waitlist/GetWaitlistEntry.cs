using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.Waitlist;

/// <summary>GET /waitlist/:id.</summary>
internal static class GetWaitlistEntry
{
    internal static async Task<Results<Ok<WaitlistRow>, ProblemHttpResult>> Handle(
        RouteId id, Caller caller, HttpContext context, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var row = await database.FindAsync(
            $"select {WaitlistRow.Columns} from {WaitlistRow.Tables} where w.id = $1", WaitlistRow.Read, cancellationToken, id.Value);

        if (row is null || !ClientScope.Of(caller).Covers(row.ClientEmail))
        {
            return WaitlistRefusals.NotFound.ToProblem();
        }

        EntityTag.Show(context, row.Version);
        return TypedResults.Ok(row);
    }
}
