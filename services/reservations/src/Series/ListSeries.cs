using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.Series;

/// <summary>GET /booking-series?spaceId=&amp;clientEmail=. The newest first, without occurrences.</summary>
internal static class ListSeries
{
    // A null leaves a filter out.
    private const string Where =
        "($1::uuid is null or q.space_id = $1) and ($2::text is null or q.client_email_key = $2) and ($3::text is null or q.client_email_key = $3)";

    internal static async Task<Ok<Page<SeriesRow>>> Handle(
        PageRequest page, Caller caller, HttpRequest request, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        // No client has an e-mail with NUL in it, and PostgreSQL takes none in any text.
        var email = request.Query["clientEmail"].ToString().Replace("\0", "?", StringComparison.Ordinal);
        var query = new ListQuery(
            SeriesRow.Columns,
            $"{SeriesRow.Tables} where {Where}",
            "q.id desc",
            (object?)QueryValues.Uuid(request.Query, "spaceId") ?? DBNull.Value,
            email.Length == 0 ? DBNull.Value : EmailAddress.Key(email),
            (object?)ClientScope.Of(caller).ClientKey ?? DBNull.Value);
        return TypedResults.Ok(await database.PageAsync(query, SeriesRow.Read, page, cancellationToken));
    }
}
