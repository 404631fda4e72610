using System.Globalization;
using Coworking.Hosting.Json;
using Coworking.Reservations.Policies;

namespace Coworking.Reservations.Bookings;

/// <summary>Every rule of a policy that a wish may break.</summary>
internal static class PolicyViolations
{
    internal static Violation MinMinutes(int min, TimeSpan length) => Wrong(
        "booking.min_minutes", min, Math.Round(length.TotalMinutes, 3), Say($"A booking of this space lasts at least {min} minutes"), "endTime");

    internal static Violation MaxMinutes(int max, TimeSpan length) => Wrong(
        "booking.max_minutes", max, Math.Round(length.TotalMinutes, 3), Say($"A booking of this space lasts at most {max} minutes"), "endTime");

    internal static Violation SlotStep(int step, BookingWish wish) => Wrong(
        "booking.slot_step",
        step,
        InstantConverter.Text(wish.Start),
        Say($"A booking of this space starts on a multiple of {step} minutes from midnight, and lasts a multiple of them"),
        "startTime");

    internal static Violation LeadTime(int lead, BookingWish wish, DateTimeOffset now) => Wrong(
        "booking.lead_time",
        lead,
        (int)Math.Floor((wish.Start - now).TotalMinutes),
        Say($"A booking of this space is made at least {lead} minutes before it starts"),
        "startTime");

    internal static Violation Horizon(int days, Slot slot) => Wrong(
        "booking.horizon", days, BookingDay.Text(slot.StartDay), Say($"A booking of this space starts at most {days} days ahead"), "startTime");

    internal static Violation ClosedDay(ClosedDay day) => Wrong(
        "booking.closed_day",
        null,
        BookingDay.Text(day.Date),
        $"The space is closed on {BookingDay.Text(day.Date)}{(day.Name is null ? "" : $": {day.Name}")}",
        "startTime");

    internal static Violation OutsideHours(BookingWish wish) => Wrong(
        "booking.outside_hours",
        null,
        InstantConverter.Text(wish.Start),
        "A booking of this space lies inside its office hours, from start to end",
        "startTime");

    internal static Violation DailyLimit(int limit, long counted, DateOnly day) => Wrong(
        "booking.daily_limit",
        limit,
        counted,
        Say($"Daily booking limit reached: a client may hold {limit} bookings on a day in this location, and holds {counted} on {BookingDay.Text(day)}"));

    private static Violation Wrong(string code, object? limit, object? actual, string message, string? field = null) =>
        new(code, StatusCodes.Status400BadRequest, limit, actual, message, field);

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
