using Coworking.Hosting.Problems;

namespace Coworking.Reservations.CalendarFeeds;

/// <summary>Every "no" about calendar feeds.</summary>
internal static class CalendarFeedRefusals
{
    internal static Refusal NotFound { get; } = new(StatusCodes.Status404NotFound, "calendar_feed.not_found", "Calendar feed not found");

    /// <summary>The same for a token that is wrong, of another calendar, or revoked: nobody learns which.</summary>
    internal static Refusal NoCalendar { get; } = new(StatusCodes.Status404NotFound, "calendar.not_found", "Calendar not found");

    internal static Refusal SpaceNotFound { get; } = new(StatusCodes.Status404NotFound, "space.not_found", "Space not found");

    internal static Refusal NotYours { get; } =
        new(StatusCodes.Status403Forbidden, "calendar_feed.not_yours", "You can only have a calendar of your own verified e-mail");

    internal static Refusal EitherSpaceOrClient { get; } = Refusal.Field("spaceId", "Either spaceId or clientEmail must be given, and not both");
}
