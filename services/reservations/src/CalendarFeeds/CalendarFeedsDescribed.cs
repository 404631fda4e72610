using Coworking.Hosting.OpenApi;

namespace Coworking.Reservations.CalendarFeeds;

/// <summary>What the document says of calendars.</summary>
internal static class CalendarFeedsDescribed
{
    private const string Members = """
        "id":"0199d2a4-7c1e-7b60-9f0a-5d2c8f3e1a30","spaceId":"b6194839-7438-4587-a52e-eeef27d00282","clientEmail":null,"createdBy":"key-1",
        "createdAt":"2099-01-02T10:00:00.000Z"
        """;

    internal static readonly Operation List = new("Lists calendar feeds")
    {
        Description = "Those that are not revoked, oldest first; their addresses are never shown again.",
        Gives = Examples.Page($"{{{Members}}}"),
        Query = [Field.Uuid("spaceId", "Only of this space"), Field.Of("clientEmail", "Only of this client", maxLength: 254)],
    };

    internal static readonly Operation Create = new("Makes a secret calendar address for a space or a client")
    {
        Takes = """{"spaceId":"b6194839-7438-4587-a52e-eeef27d00282"}""",
        Gives = $$"""{{{Members}},"url":"/api/v1/spaces/b6194839-7438-4587-a52e-eeef27d00282/calendar.ics?token=0Zk3…"}""",
        Refuses = [CalendarFeedRefusals.EitherSpaceOrClient, CalendarFeedRefusals.NotYours, CalendarFeedRefusals.SpaceNotFound],
    };

    internal static readonly Operation Revoke = new("Revokes a calendar feed") { Refuses = [CalendarFeedRefusals.NotFound] };

    internal static readonly Operation OfSpace = Calendar("GetSpaceCalendar", "The bookings of a space as a calendar");

    internal static readonly Operation OfClient = Calendar("GetClientCalendar", "The bookings of a client as a calendar");

    private static Operation Calendar(string id, string summary) => new(summary)
    {
        Id = id,
        Description = "Whoever has the token reads: calendar programs cannot send keys. If-None-Match is answered with 304.",
        AnswersType = "text/calendar",
        AnswersNotModified = true,
        AnswersETag = true,
        Gives = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Coworking//EN\r\nEND:VCALENDAR\r\n",
        Query = [Field.Of("token", "Of the feed").Required()],
        Headers = [Field.Of("If-None-Match", "The ETag that was read last")],
        Refuses = [CalendarFeedRefusals.NoCalendar],
    };
}
