using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Coworking.Hosting.Http;
using Coworking.Reservations.Calendars;
using Coworking.Reservations.Database;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Npgsql;

namespace Coworking.Reservations.CalendarFeeds;

/// <summary>GET /spaces/:id/calendar.ics?token= and /calendar.ics?token=. Whoever has the token reads: calendars cannot send keys.</summary>
internal static class GetCalendar
{
    private static readonly TimeSpan RefreshEvery = TimeSpan.FromMinutes(15);

    // A location that is gone keeps its zone, so the past of a client stays readable; a space that is gone has no calendar.
    private const string FindSpace = """
        select s.id, s.name from calendar_feeds f join spaces s on s.id = f.space_id
        where f.token_hash = $1 and f.revoked_at is null and s.id = $2 and s.removed_at is null
        """;

    private const string FindClient = "select f.client_email_key, f.client_email from calendar_feeds f where f.token_hash = $1 and f.revoked_at is null and f.space_id is null";

    internal static async Task<Results<ContentHttpResult, StatusCodeHttpResult, ProblemHttpResult>> OfSpaceAsync(
        RouteId id, HttpContext context, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken)
    {
        var found = Token(context) is { } token
            ? await database.FindAsync(FindSpace, reader => new Of<Guid>(reader.GetGuid(0), reader.GetString(1)), cancellationToken, FeedToken.Hash(token), id.Value)
            : null;

        if (found is null)
        {
            return CalendarFeedRefusals.NoCalendar.ToProblem();
        }

        var events = await FeedEvents.OfSpaceAsync(database, found.Owner, clock.GetUtcNow(), cancellationToken);
        return Answer(context, new CalendarFile(events, Name: found.Name, RefreshEvery: RefreshEvery));
    }

    internal static async Task<Results<ContentHttpResult, StatusCodeHttpResult, ProblemHttpResult>> OfClientAsync(
        HttpContext context, NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken)
    {
        var found = Token(context) is { } token
            ? await database.FindAsync(FindClient, reader => new Of<string>(reader.GetString(0), reader.GetString(1)), cancellationToken, FeedToken.Hash(token))
            : null;

        if (found is null)
        {
            return CalendarFeedRefusals.NoCalendar.ToProblem();
        }

        var events = await FeedEvents.OfClientAsync(database, found.Owner, clock.GetUtcNow(), cancellationToken);
        return Answer(context, new CalendarFile(events, Name: $"Bookings of {found.Name}", RefreshEvery: RefreshEvery));
    }

    private static string? Token(HttpContext context) =>
        context.Request.Query["token"] is [{ } token] && FeedToken.IsWellFormed(token) ? token : null;

    private static Results<ContentHttpResult, StatusCodeHttpResult, ProblemHttpResult> Answer(HttpContext context, CalendarFile calendar)
    {
        var text = ICalendar.Write(calendar);
        // Of the text itself, which is the same as long as nothing has changed.
        var tag = new EntityTagHeaderValue($"\"{Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16))}\"");
        context.Response.GetTypedHeaders().ETag = tag;
        context.Response.Headers.CacheControl = "private, no-cache";

        // RFC 9110, 13.1.2: any of those listed, compared weakly; a list that is none asks nothing.
        return EntityTagHeaderValue.TryParseList(context.Request.Headers.IfNoneMatch, out var known)
            && known.Any(one => one.Equals(EntityTagHeaderValue.Any) || one.Compare(tag, useStrongComparison: false))
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Text(text, CalendarFile.MediaType);
    }

    private sealed record Of<T>(T Owner, string Name);
}
