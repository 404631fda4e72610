using Coworking.Hosting.OpenApi;
using Coworking.Reservations.Bookings;

namespace Coworking.Reservations.CheckIns;

/// <summary>What the document says of checking in.</summary>
internal static class CheckInsDescribed
{
    private static readonly DateTimeOffset End = new(2099, 1, 5, 17, 0, 0, TimeSpan.Zero);

    internal static readonly Operation Come = new("Checks in: the client has come")
    {
        Description = "Said a second time, or after a sensor has seen it, it answers the same.",
        Gives = BookingsDescribed.Example,
        AnswersETag = true,
        TakesIfMatch = true,
        Refuses =
        [
            BookingRefusals.NotFound, BookingRefusals.IllegalTransition(BookingStatus.Pending, BookingStatus.InProgress),
            new(409, "check_in.too_early", "Check-in opens at 2099-01-05T14:50:00.000Z"), CheckInRefusals.TooLate(End), BookingRefusals.Stale(2),
        ],
    };

    internal static readonly Operation Undo = new("Takes back that a booking was released as a no-show")
    {
        Gives = BookingsDescribed.Example,
        AnswersETag = true,
        TakesIfMatch = true,
        Refuses =
        [
            BookingRefusals.NotFound, BookingRefusals.IllegalTransition(BookingStatus.Completed, BookingStatus.InProgress), CheckInRefusals.Ended(End),
            BookingRefusals.SlotContest.Lost, BookingRefusals.Stale(2),
        ],
    };
}
