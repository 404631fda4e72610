using Coworking.Hosting.Json;
using Coworking.Hosting.Problems;
using Coworking.Reservations.Database;

namespace Coworking.Reservations.Bookings;

/// <summary>Every "no" about bookings.</summary>
internal static class BookingRefusals
{
    internal static Refusal NotFound { get; } = new(StatusCodes.Status404NotFound, "booking.not_found", "Booking not found");

    internal static Refusal SpaceNotFound { get; } = new(StatusCodes.Status404NotFound, "space.not_found", "Space not found");

    internal static Refusal NotYourEmail { get; } =
        new(StatusCodes.Status403Forbidden, "booking.not_your_email", "You can only book with your own verified e-mail");

    internal static Refusal StaffOnly { get; } =
        new(StatusCodes.Status403Forbidden, "auth.forbidden", "Only ADMIN and RECEPTION may give a booking this status");

    internal static Refusal Running { get; } = new(
        StatusCodes.Status409Conflict, "booking.running", "A booking that is in progress keeps its space, its start and its client: complete it and make another");

    internal static Refusal TooLateForApproval { get; } = new(
        StatusCodes.Status409Conflict, "booking.running", "The space asks for approval, for which it is too late once the booking has begun");

    internal static Refusal OnHold { get; } = new(
        StatusCodes.Status409Conflict, "booking.held", "A booking that is held for a waiter keeps its space, its time and its client until the offer is claimed or declined");

    internal static Violation SpaceInactive { get; } =
        new("booking.space_inactive", StatusCodes.Status409Conflict, null, null, "The space is out of use");

    internal static Violation SpaceNotBookable { get; } =
        new("booking.space_not_bookable", StatusCodes.Status409Conflict, null, null, "The space cannot be booked");

    internal static Contest SlotContest { get; } = new(
        BookingTable.NoOverlap,
        new Refusal(StatusCodes.Status409Conflict, "booking.slot_taken", "Schedule conflict: others are booking this slot right now; try again"));

    internal static Refusal Stale(long version) =>
        new(StatusCodes.Status412PreconditionFailed, "booking.stale", $"The booking has changed since you read it; its version is {version}");

    internal static Refusal IllegalTransition(string from, string to) =>
        new(StatusCodes.Status409Conflict, "booking.illegal_transition", $"A booking that is {from} cannot become {to}");

    internal static Refusal CancelTooLate(int minutes) => new(
        StatusCodes.Status409Conflict, "booking.cancel_too_late", $"A booking of this space may be cancelled until {minutes} minutes before it starts");

    internal static Refusal Over(string status) =>
        new(StatusCodes.Status409Conflict, "booking.over", $"A booking that is {status} can no longer be changed");

    internal static Violation EndBeforeStart(BookingWish wish) => new(
        "booking.end_before_start", StatusCodes.Status400BadRequest, wish.Start, wish.End, "endTime must be after startTime", "endTime");

    internal static Violation BeforeBookingDate(Slot slot) => new(
        "booking.before_booking_date",
        StatusCodes.Status400BadRequest,
        BookingDay.Text(slot.Day),
        BookingDay.Text(slot.StartDay),
        "startTime must be on or after bookingDate", "startTime");

    internal static Violation InPast(BookingWish wish, DateTimeOffset now) => new(
        "booking.in_past", StatusCodes.Status400BadRequest, now, wish.Start, "startTime must not be in the past", "startTime");

    internal static Violation TooLong(BookingWish wish, int maxDays) => new(
        "booking.too_long",
        StatusCodes.Status400BadRequest,
        (int)TimeSpan.FromDays(maxDays).TotalMinutes,
        (int)Math.Ceiling((wish.End - wish.Start).TotalMinutes),
        $"A booking may last at most {maxDays} days", "endTime");

    internal static Violation TooManyAttendees(BookableSpace space, int attendees) => new(
        "booking.too_many_attendees", StatusCodes.Status400BadRequest, space.Capacity, attendees, $"The space holds at most {space.Capacity} people", "attendees");

    internal static Violation SlotTaken(DateTimeOffset start, DateTimeOffset end) => new(
        "booking.slot_taken",
        StatusCodes.Status409Conflict,
        null,
        null,
        $"Schedule conflict: the space is already booked from {InstantConverter.Text(start)} to {InstantConverter.Text(end)}");

    internal static Violation WeeklyLimit(int limit, long counted, DateOnly week) => new(
        "booking.weekly_limit",
        StatusCodes.Status400BadRequest,
        limit,
        counted,
        $"Weekly booking limit reached: a client may hold {limit} bookings in a week, and holds {counted} in {IsoWeek.Name(week)}");

    /// <summary>True where nothing but a rival stands against a wish; where more is wrong, another slot would not help.</summary>
    internal static bool IsSlotTakenOnly(Refusal refusal) =>
        refusal.Code == SlotContest.Lost.Code && (refusal.Extensions?.GetValueOrDefault("violations") is null or Array { Length: 1 });

    /// <summary>The refusal with what is free instead.</summary>
    internal static Refusal With(Refusal refusal, IReadOnlyList<Alternatives.Offer> alternatives) =>
        refusal with { Extensions = new Dictionary<string, object?>(refusal.Extensions ?? new Dictionary<string, object?>()) { ["alternatives"] = alternatives } };

    /// <summary>One refusal for all violations: the first gives status, code and message.</summary>
    internal static Refusal Violated(IReadOnlyList<Violation> violations)
    {
        var fields = violations.Where(violation => violation.Field is not null).GroupBy(violation => violation.Field!, violation => violation.Message).ToList();
        return new Refusal(violations[0].Status, violations[0].Code, violations[0].Message)
        {
            Errors = fields.Count == 0 ? null : fields.ToDictionary(field => field.Key, field => field.ToArray()),
            Extensions = new Dictionary<string, object?>
            {
                ["violations"] = violations.Select(violation => new { violation.Code, violation.Limit, violation.Actual, violation.Message }).ToArray(),
            },
        };
    }
}

/// <summary>A rule that a wish breaks.</summary>
/// <param name="Code">Stable, e.g. booking.slot_taken.</param>
/// <param name="Status">HTTP status where it is told first.</param>
/// <param name="Limit">What the rule allows; null where it is no number, date or time.</param>
/// <param name="Actual">What the wish asks.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Field">The field at fault; null where there is none.</param>
internal sealed record Violation(string Code, int Status, object? Limit, object? Actual, string Message, string? Field = null);
