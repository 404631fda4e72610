using Coworking.Reservations.Idempotency;

namespace Coworking.Reservations.CalendarFeeds;

/// <summary>The addresses of calendars, and of the list of who may read them.</summary>
internal static class CalendarFeedsFeature
{
    internal static void MapCalendarFeeds(this IEndpointRouteBuilder api)
    {
        var feeds = api.MapGroup("/calendar-feeds").WithTags("Calendar feeds");
        feeds.MapGet("", ListCalendarFeeds.Handle);
        feeds.MapPost("", CreateCalendarFeed.Handle).AnswersASecret();
        feeds.MapDelete("/{id}", RevokeCalendarFeed.Handle);
        // The token is the key.
        api.MapGet("/spaces/{id}/calendar.ics", GetCalendar.OfSpaceAsync).WithTags("Calendar feeds").AllowAnonymous();
        api.MapGet("/calendar.ics", GetCalendar.OfClientAsync).WithTags("Calendar feeds").AllowAnonymous();
    }
}
