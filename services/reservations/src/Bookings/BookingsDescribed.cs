using Coworking.Hosting.OpenApi;
using Coworking.Hosting.Problems;

namespace Coworking.Reservations.Bookings;

/// <summary>What the document says of bookings.</summary>
internal static class BookingsDescribed
{
    internal const string Example = """
        {"id":"0199d2a4-7c1e-7b60-9f0a-5d2c8f3e1a10","spaceId":"b6194839-7438-4587-a52e-eeef27d00282","locationId":"cfaa672e-cf6e-4192-8736-254ca954928c",
        "clientEmail":"ana@example.com","clientName":"Ana","company":null,"phone":null,"inquiry":null,"attendees":4,"bookingDate":"2099-01-05T00:00:00.000Z",
        "startTime":"2099-01-05T15:00:00.000Z","endTime":"2099-01-05T17:00:00.000Z","status":"confirmed","statusReason":null,"heldUntil":null,"attention":null,
        "seriesId":null,"checkedInAt":null,"checkInSource":null,"checkInEvidence":null,"source":"api","confirmationSent":false,"reminderSent":false,
        "policyVersion":0,"version":1,"createdAt":"2099-01-02T10:00:00.000Z","updatedAt":"2099-01-02T10:00:00.000Z",
        "space":{"id":"b6194839-7438-4587-a52e-eeef27d00282","name":"Sala Azul"}}
        """;

    private static readonly Refusal SlotTaken = BookingRefusals.Violated([BookingRefusals.SlotTaken(At(15), At(17))]);

    /// <summary>What rules and rivals say to a wish for a slot. Where several are broken the first gives the code, and violations lists all.</summary>
    internal static readonly Refusal[] Rules =
    [
        new(400, "booking.end_before_start", "endTime must be after startTime"),
        new(400, "booking.before_booking_date", "startTime must be on or after bookingDate"),
        new(400, "booking.in_past", "startTime must not be in the past"),
        new(400, "booking.too_long", $"A booking may last at most {SpanRules.MaxDays} days"),
        new(400, "booking.too_many_attendees", "The space holds at most 8 people"),
        BookingRefusals.Violated([BookingRefusals.WeeklyLimit(3, 3, new DateOnly(2099, 1, 5))]),
        new(400, "booking.min_minutes", "A booking of this space lasts at least 30 minutes"),
        new(400, "booking.max_minutes", "A booking of this space lasts at most 240 minutes"),
        new(400, "booking.slot_step", "Bookings of this space start and last in steps of 15 minutes"),
        new(400, "booking.lead_time", "A booking of this space is made at least 60 minutes before it starts"),
        new(400, "booking.horizon", "A booking of this space starts at most 30 days ahead"),
        new(400, "booking.closed_day", "The space is closed on 2099-01-06"),
        new(400, "booking.outside_hours", "The space is open from 09:00 to 18:00"),
        new(400, "booking.daily_limit", "A client may hold 1 booking a day here"),
        BookingRefusals.SpaceNotFound,
        SlotTaken,
        BookingRefusals.Violated([BookingRefusals.SpaceInactive]),
        BookingRefusals.Violated([BookingRefusals.SpaceNotBookable]),
    ];

    internal static readonly Operation List = new("Lists bookings")
    {
        Description = "By start. Cancelled ones only where they are asked for. A signed-in client sees its own.",
        Gives = Examples.Page(Example),
        Query =
        [
            Field.Uuid("spaceId", "Only of this space"),
            Field.Of("clientEmail", "Only where the client's e-mail contains this, without case"),
            Field.Day("dateFrom", "Only from this booking date on"),
            Field.Day("dateTo", "Only up to this booking date"),
            Field.Word("status", BookingStatus.All, "Only of this status"),
            Field.Flag("includeCancelled", "Cancelled ones too"),
            Field.Flag("attention", "Only those that somebody should look at, or only the others"),
        ],
    };

    internal static readonly Operation Get = new("Reads a booking")
    {
        Gives = Example,
        AnswersETag = true,
        Query = [Field.Flag("includeCancelled", "Also where it is cancelled")],
        Refuses = [BookingRefusals.NotFound],
    };

    internal static readonly Operation Place = new("Books a space for a client")
    {
        Description = "All rules are judged at once. Where only a rival stands against it, the refusal offers alternatives.",
        Takes = """
            {"spaceId":"b6194839-7438-4587-a52e-eeef27d00282","clientEmail":"ana@example.com","bookingDate":"2099-01-05",
            "startTime":"2099-01-05T15:00:00Z","endTime":"2099-01-05T17:00:00Z","clientName":"Ana","attendees":4}
            """,
        Gives = Example,
        GivesToo = """
            {"ok":true,"dryRun":true,"status":"confirmed","blockedFrom":"2099-01-05T15:00:00.000Z","blockedUntil":"2099-01-05T17:00:00.000Z","violations":[]}
            """,
        AnswersETag = true,
        Query = [Field.Flag("dryRun", "Only judges it; nothing is booked")],
        Refuses = [BookingRefusals.NotYourEmail, .. Rules],
    };

    internal static readonly Operation Move = new("Changes a booking")
    {
        Description = "Only what is named changes, and every rule is judged again on the result. A status is taken after that, by a legal move. Where only a rival stands against a move, the refusal offers alternatives.",
        Takes = """{"startTime":"2099-01-05T16:00:00Z","endTime":"2099-01-05T18:00:00Z"}""",
        Gives = Example,
        AnswersETag = true,
        TakesIfMatch = true,
        Refuses =
        [
            BookingRefusals.NotYourEmail, BookingRefusals.StaffOnly, BookingRefusals.NotFound, BookingRefusals.Running, BookingRefusals.OnHold,
            BookingRefusals.Over(BookingStatus.Completed), BookingRefusals.IllegalTransition(BookingStatus.Completed, BookingStatus.Confirmed),
            BookingRefusals.CancelTooLate(60), BookingRefusals.Stale(2), .. Rules,
        ],
    };

    internal static readonly Operation Cancel = new("Cancels a booking")
    {
        Description = "The slot is free at once; the booking stays as history.",
        TakesIfMatch = true,
        Refuses =
        [
            BookingRefusals.NotFound, BookingRefusals.CancelTooLate(60), BookingRefusals.IllegalTransition(BookingStatus.Completed, BookingStatus.Cancelled),
            BookingRefusals.SlotContest.Lost, BookingRefusals.Stale(2),
        ],
    };

    /// <summary>One move of the status machine.</summary>
    internal static Operation Turn(string id, string summary, params IEnumerable<Refusal> more) => new(summary)
    {
        Id = id,
        Takes = """{"reason":"as agreed on the phone"}""",
        Gives = Example,
        AnswersETag = true,
        TakesIfMatch = true,
        Refuses =
        [
            BookingRefusals.NotFound, BookingRefusals.IllegalTransition(BookingStatus.Completed, BookingStatus.Confirmed), BookingRefusals.SlotContest.Lost,
            BookingRefusals.Stale(2), .. more,
        ],
    };

    private static DateTimeOffset At(int hour) => new(2099, 1, 5, hour, 0, 0, TimeSpan.Zero);
}
