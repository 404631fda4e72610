using Coworking.Hosting.Http;
using Coworking.Hosting.Identity;
using Coworking.Reservations.Database;
using Coworking.Reservations.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Coworking.Reservations.CalendarFeeds;

/// <summary>GET /calendar-feeds?spaceId=&amp;clientEmail=. Those that are not revoked, oldest first.</summary>
internal static class ListCalendarFeeds
{
    // Each value may be null, which lets everything pass; feeds are few.
    private const string From = """
        calendar_feeds f where f.revoked_at is null
        and ($1::uuid is null or f.space_id = $1) and ($2::text is null or f.client_email_key = $2) and ($3::text is null or f.client_email_key = $3)
        """;

    internal static async Task<Results<Ok<Page<CalendarFeedRow>>, ProblemHttpResult>> Handle(
        PageRequest page, Caller caller, HttpRequest request, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var scope = FeedScope.Of(caller);
        // Whoever calendars are no business of sees none, like a client whose e-mail is not verified.
        var own = scope.IsNobody ? "" : scope.Bookings.ClientKey;
        var spaceId = QueryValues.Uuid(request.Query, "spaceId");
        var fields = new FieldErrors();
        var email = fields.Text("clientEmail", request.Query["clientEmail"], 254);

        if (fields.Refusal is { } refusal)
        {
            return refusal.ToProblem();
        }

        object[] values = [spaceId ?? (object)DBNull.Value, email is null ? DBNull.Value : EmailAddress.Key(email), own ?? (object)DBNull.Value];
        var query = new ListQuery(CalendarFeedRow.Columns, From, "f.created_at, f.id", values);
        return TypedResults.Ok(await database.PageAsync(query, CalendarFeedRow.Read, page, cancellationToken));
    }
}
