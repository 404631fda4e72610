using System.Globalization;

namespace Coworking.Reservations.Calendars;

/// <summary>
/// What a zone does in the years of a calendar. Each change of its clock is written as it happens, without a rule: rules change, and a reader that knows
/// the zone by its name takes its own anyway.
/// </summary>
internal static class VTimeZone
{
    private static readonly TimeSpan Step = TimeSpan.FromDays(1);

    internal static void Write(ContentLines lines, TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset until)
    {
        // Whole years, so that a calendar's text does not change from day to day; UTC is near enough, for a day is added on both sides.
        var first = new DateTimeOffset(from.UtcDateTime.AddDays(-1).Year, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var last = new DateTimeOffset(until.UtcDateTime.AddDays(1).Year + 1, 1, 1, 0, 0, 0, TimeSpan.Zero);
        lines.Add("BEGIN", "VTIMEZONE");
        lines.Add("TZID", zone.Id);
        // What held before the first change; a reader finds no offset for an earlier time.
        WriteObservance(lines, zone, first - Step, zone.GetUtcOffset(first - Step), zone.GetUtcOffset(first - Step));

        for (var at = first - Step; at < last; at += Step)
        {
            if (zone.GetUtcOffset(at) is var before && zone.GetUtcOffset(at + Step) is var after && before != after)
            {
                WriteObservance(lines, zone, ChangeBetween(zone, at, at + Step), before, after);
            }
        }

        lines.Add("END", "VTIMEZONE");
    }

    private static void WriteObservance(ContentLines lines, TimeZoneInfo zone, DateTimeOffset at, TimeSpan before, TimeSpan after)
    {
        var kind = zone.IsDaylightSavingTime(at) ? "DAYLIGHT" : "STANDARD";
        lines.Add("BEGIN", kind);
        // By the clock that was shown until then (RFC 5545, 3.6.5).
        lines.Add("DTSTART", ICalendar.Wall(at.UtcDateTime + before));
        lines.Add("TZOFFSETFROM", Offset(before));
        lines.Add("TZOFFSETTO", Offset(after));
        lines.Add("END", kind);
    }

    /// <summary>The first second with the offset of the end.</summary>
    private static DateTimeOffset ChangeBetween(TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset until)
    {
        var after = zone.GetUtcOffset(until);

        while (until - from > TimeSpan.FromSeconds(1))
        {
            var middle = from.AddSeconds(Math.Floor((until - from).TotalSeconds / 2));
            (from, until) = zone.GetUtcOffset(middle) == after ? (from, middle) : (middle, until);
        }

        return until;
    }

    private static string Offset(TimeSpan offset) =>
        (offset < TimeSpan.Zero ? "-" : "+") + offset.ToString(offset.Seconds == 0 ? "hhmm" : "hhmmss", CultureInfo.InvariantCulture);
}
