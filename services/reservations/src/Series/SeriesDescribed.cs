using Coworking.Hosting.OpenApi;
using Coworking.Hosting.Problems;
using Coworking.Reservations.Bookings;

namespace Coworking.Reservations.Series;

/// <summary>What the document says of series.</summary>
internal static class SeriesDescribed
{
    private const string Members = """
        "id":"0199d2a4-7c1e-7b60-9f0a-5d2c8f3e1a50","spaceId":"b6194839-7438-4587-a52e-eeef27d00282","clientEmail":"ana@example.com","clientName":"Ana","company":null,
        "phone":null,"inquiry":null,"attendees":4,"timezone":"America/Mexico_City",
        "first":{"start":"2099-01-05T15:00:00.000Z","end":"2099-01-05T16:00:00.000Z"},"repeat":{"every":"week","interval":1,"weekdays":[1],"count":4,"until":null},
        "onConflict":"skip","status":"active","version":1,"createdAt":"2099-01-02T10:00:00.000Z","updatedAt":"2099-01-02T10:00:00.000Z",
        "space":{"id":"b6194839-7438-4587-a52e-eeef27d00282","name":"Sala Azul"}
        """;

    private const string Example = $$"""
        {{{Members}},"occurrences":[{"index":0,"originalStart":"2099-01-05T15:00:00.000Z","start":"2099-01-05T15:00:00.000Z","end":"2099-01-05T16:00:00.000Z",
        "spaceId":"b6194839-7438-4587-a52e-eeef27d00282","outcome":"booked","bookingId":"0199d2a4-7c1e-7b60-9f0a-5d2c8f3e1a10","status":"confirmed","moved":false,
        "code":null,"message":null,"suggestions":null}]}
        """;

    private const string Plan = """
        {"occurrences":[{"index":0,"start":"2099-01-05T15:00:00.000Z","end":"2099-01-05T16:00:00.000Z","outcome":"booked","code":null,"message":null,"suggestions":null}]}
        """;

    private static readonly Field DryRun = Field.Flag("dryRun", "Only tells what would come of it");

    private static readonly Refusal[] OfOne = [SeriesRefusals.NotFound, SeriesRefusals.Cancelled, SeriesRefusals.Stale(2)];

    internal static readonly Operation List = new("Lists booking series")
    {
        Description = "The newest first, without their occurrences.",
        Gives = Examples.Page($"{{{Members}}}"),
        Query = [Field.Uuid("spaceId", "Only of this space"), Field.Of("clientEmail", "Only of this client")],
    };

    internal static readonly Operation Get = new("Reads a booking series with every occurrence") { Gives = Example, AnswersETag = true, Refuses = [SeriesRefusals.NotFound] };

    internal static readonly Operation Place = new("Books a space again and again")
    {
        Description = "One transaction: all dates, or (onConflict skip or suggest) those that can be had and the reasons for the rest.",
        Takes = """
            {"spaceId":"b6194839-7438-4587-a52e-eeef27d00282","clientEmail":"ana@example.com","attendees":4,
            "first":{"start":"2099-01-05T09:00:00-06:00","end":"2099-01-05T10:00:00-06:00"},"repeat":{"every":"week","weekdays":[1],"count":4},"onConflict":"skip"}
            """,
        Gives = Example,
        GivesToo = Plan,
        AnswersETag = true,
        Query = [DryRun],
        Refuses =
        [
            BookingRefusals.NotYourEmail, SeriesRefusals.NotOnItsDay, SeriesRefusals.Empty, SeriesRefusals.TooMany("repeat.count"),
            SeriesRefusals.BeyondTheCalendar("repeat.until"), .. BookingsDescribed.Rules,
        ],
    };

    internal static readonly Operation Change = new("Changes one occurrence, it and the following, or all")
    {
        Description = "Times are wall times HH:mm. Every rule is judged again for each; all move or none.",
        Takes = """{"scope":"following","occurrence":"2099-01-12T15:00:00Z","changes":{"startTime":"10:00","endTime":"11:00"}}""",
        Gives = Example,
        AnswersETag = true,
        TakesIfMatch = true,
        Query = [DryRun],
        Refuses = [.. OfOne, SeriesRefusals.OccurrenceNotFound, SeriesRefusals.NothingToChange, BookingRefusals.Running, .. BookingsDescribed.Rules],
    };

    internal static readonly Operation Cancel = new("Cancels one occurrence, it and the following, or all")
    {
        Description = "What has begun stays as it is, unless it alone is meant.",
        Takes = """{"scope":"this","occurrence":"2099-01-12T15:00:00Z","reason":"holiday"}""",
        Gives = Example,
        AnswersETag = true,
        TakesIfMatch = true,
        Refuses =
        [
            .. OfOne, SeriesRefusals.OccurrenceNotFound, SeriesRefusals.NothingToChange, BookingRefusals.CancelTooLate(60),
            BookingRefusals.IllegalTransition(BookingStatus.Completed, BookingStatus.Cancelled), BookingRefusals.SlotContest.Lost,
        ],
    };

    internal static readonly Operation Delete = new("Cancels all of a booking series")
    {
        Id = "DeleteSeries",
        TakesIfMatch = true,
        Refuses = [.. OfOne, SeriesRefusals.NothingToChange, BookingRefusals.CancelTooLate(60), BookingRefusals.SlotContest.Lost],
    };

    internal static readonly Operation Extend = new("Makes a booking series longer")
    {
        Description = "count and until say where the whole series ends from now on, not how much is added.",
        Takes = """{"count":8}""",
        Gives = Example,
        AnswersETag = true,
        TakesIfMatch = true,
        Query = [DryRun],
        Refuses = [.. OfOne, SeriesRefusals.NoMore(4), SeriesRefusals.TooMany("count"), SeriesRefusals.BeyondTheCalendar("until"), .. BookingsDescribed.Rules],
    };
}
