using Coworking.Contracts;
using Coworking.Reservations.Policies;

namespace Coworking.Reservations.Bookings;

/// <summary>
/// What time, space, hours and policy forbid, whoever else there is; in the order in which violations are told. Pure, so that placing a booking
/// and searching for a free slot can never disagree.
/// </summary>
internal static class SpanRules
{
    /// <summary>Longer stays are contracts, not bookings.</summary>
    internal const int MaxDays = 14;

    /// <param name="wish">What is wanted.</param>
    /// <param name="slot">What it comes down to in the space.</param>
    /// <param name="policy">What holds for the space.</param>
    /// <param name="hours">Office hours of the space; null where it has none, which forbids nothing.</param>
    /// <param name="mayBePast">True where neither a start in the past nor a short lead is an objection.</param>
    /// <param name="now">The present.</param>
    internal static IEnumerable<Violation> Violations(BookingWish wish, Slot slot, Policy policy, OpeningTimes? hours, bool mayBePast, DateTimeOffset now)
    {
        var length = wish.End - wish.Start;

        if (length <= TimeSpan.Zero)
        {
            yield return BookingRefusals.EndBeforeStart(wish);
        }

        if (slot.StartDay < slot.Day)
        {
            yield return BookingRefusals.BeforeBookingDate(slot);
        }

        if (wish.Start < now && !mayBePast)
        {
            yield return BookingRefusals.InPast(wish, now);
        }

        if (length > TimeSpan.FromDays(MaxDays))
        {
            yield return BookingRefusals.TooLong(wish, MaxDays);
        }

        if (wish.Attendees > slot.Space.Capacity)
        {
            yield return BookingRefusals.TooManyAttendees(slot.Space, wish.Attendees.Value);
        }

        if (!slot.Space.Active)
        {
            yield return BookingRefusals.SpaceInactive;
        }

        if (!slot.Space.Bookable)
        {
            yield return BookingRefusals.SpaceNotBookable;
        }

        var ofPolicy = OfLength(length, policy).Concat(OfStart(wish, slot, policy, mayBePast, now));

        // An end before its start has no length and lies nowhere; so does one that no calendar is searched for.
        foreach (var violation in length > TimeSpan.Zero && length <= TimeSpan.FromDays(MaxDays) ? ofPolicy.Concat(OfDays(wish, slot, policy, hours)) : ofPolicy)
        {
            yield return violation;
        }
    }

    private static IEnumerable<Violation> OfLength(TimeSpan length, Policy policy)
    {
        if (length <= TimeSpan.Zero)
        {
            yield break;
        }

        if (policy.MinMinutes is { } min && length < TimeSpan.FromMinutes(min))
        {
            yield return PolicyViolations.MinMinutes(min, length);
        }

        if (policy.MaxMinutes is { } max && length > TimeSpan.FromMinutes(max))
        {
            yield return PolicyViolations.MaxMinutes(max, length);
        }
    }

    private static IEnumerable<Violation> OfStart(BookingWish wish, Slot slot, Policy policy, bool mayBePast, DateTimeOffset now)
    {
        if (policy.SlotStepMinutes is { } step && !IsOnStep(wish, slot.Space.Zone, TimeSpan.FromMinutes(step)))
        {
            yield return PolicyViolations.SlotStep(step, wish);
        }

        if (policy.LeadMinutes is { } lead && !mayBePast && wish.Start < now.AddMinutes(lead))
        {
            yield return PolicyViolations.LeadTime(lead, wish, now);
        }

        if (policy.HorizonDays is { } horizon && slot.StartDay > BookingDay.DateIn(slot.Space.Zone, now).AddDays(horizon))
        {
            yield return PolicyViolations.Horizon(horizon, slot);
        }
    }

    private static IEnumerable<Violation> OfDays(BookingWish wish, Slot slot, Policy policy, OpeningTimes? hours)
    {
        if (policy.ClosedDays.Length > 0)
        {
            // The end is exclusive: a booking until midnight does not touch the day that begins there.
            var lastDay = BookingDay.DateIn(slot.Space.Zone, wish.End.AddTicks(-1));

            if (policy.ClosedDays.Where(day => day.Date >= slot.StartDay && day.Date <= lastDay).MinBy(day => day.Date) is { } closed)
            {
                yield return PolicyViolations.ClosedDay(closed);
            }
        }

        if (policy.OpenHoursEnforced && hours is not null && !hours.IsOpenThroughout(wish.Start, wish.End))
        {
            yield return PolicyViolations.OutsideHours(wish);
        }
    }

    private static bool IsOnStep(BookingWish wish, TimeZoneInfo zone, TimeSpan step) =>
        TimeZoneInfo.ConvertTime(wish.Start, zone).TimeOfDay.Ticks % step.Ticks == 0 && (wish.End - wish.Start).Ticks % step.Ticks == 0;
}
