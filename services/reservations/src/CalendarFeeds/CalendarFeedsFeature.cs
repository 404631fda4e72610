using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Idempotency;

namespace Coworking.Reservations.CalendarFeeds;

/// <summary>The addresses of calendars, and of the list of who may read them.</summary>
internal static class CalendarFeedsFeature
{
    internal static void MapCalendarFeeds(this IEndpointRouteBuilder api)
    {
        var feeds = api.MapGroup("/calendar-feeds").WithTags("Calendar feeds");
        feeds.MapGet("", ListCalendarFeeds.Handle).Described(CalendarFeedsDescribed.List);
        feeds.MapPost("", CreateCalendarFeed.Handle).Described(CalendarFeedsDescribed.Create).AnswersASecret();
        feeds.MapDelete("/{id}", RevokeCalendarFeed.Handle).Described(CalendarFeedsDescribed.Revoke);
        // The token is the key.
        api.MapGet("/spaces/{id}/calendar.ics", GetCalendar.OfSpaceAsync).Described(CalendarFeedsDescribed.OfSpace).WithTags("Calendar feeds").AllowAnonymous();
        api.MapGet("/calendar.ics", GetCalendar.OfClientAsync).Described(CalendarFeedsDescribed.OfClient).WithTags("Calendar feeds").AllowAnonymous();
    }
}
