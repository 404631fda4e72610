using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.Waitlist;

/// <summary>GET /waitlist?spaceId=&amp;locationId=&amp;clientEmail=&amp;status=. In the order in which they are served.</summary>
internal static class ListWaitlist
{
    // A null leaves a filter out; one text, so that one plan serves every list.
    private const string Where = """
        ($1::uuid is null or w.space_id = $1) and ($2::uuid is null or w.location_id = $2) and ($3::text is null or w.client_email_key = $3)
        and ($4::text is null or w.client_email_key = $4) and ($5::text is null or w.status = $5)
        """;

    internal static async Task<Ok<Page<WaitlistRow>>> Handle(
        PageRequest page, Caller caller, HttpRequest request, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        // No client has an e-mail with NUL in it, and PostgreSQL takes none in any text.
        var email = request.Query["clientEmail"].ToString().Replace("\0", "?", StringComparison.Ordinal);
        var query = new ListQuery(
            WaitlistRow.Columns,
            $"{WaitlistRow.Tables} where {Where}",
            "w.priority desc, w.place",
            QueryValues.Uuid(request.Query, "spaceId").OrNull(),
            QueryValues.Uuid(request.Query, "locationId").OrNull(),
            email.Length == 0 ? DBNull.Value : EmailAddress.Key(email),
            ClientScope.Of(caller).ClientKey.OrNull(),
            QueryValues.Word(request.Query, "status", WaitlistEntry.Statuses).OrNull());
        return TypedResults.Ok(await database.PageAsync(query, WaitlistRow.Read, page, cancellationToken));
    }

    private static object OrNull(this object? value) => value ?? DBNull.Value;
}
