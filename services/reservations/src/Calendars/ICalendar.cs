using System.Globalization;

namespace Coworking.Reservations.Calendars;

/// <summary>Writes calendars as RFC 5545 spells them. The same calendar is always the same text.</summary>
internal static class ICalendar
{
    private const string Product = "-//Coworking//Reservations//EN";

    internal static string Write(CalendarFile calendar)
    {
        var lines = new ContentLines();
        lines.Add("BEGIN", "VCALENDAR");
        lines.Add("VERSION", "2.0");
        lines.Add("PRODID", Product);
        lines.Add("CALSCALE", "GREGORIAN");

        if (calendar.Method is { } method)
        {
            lines.Add("METHOD", method);
        }

        // The standard's name (RFC 7986) and the one that readers knew before it.
        lines.AddText("NAME", calendar.Name);
        lines.AddText("X-WR-CALNAME", calendar.Name);

        if (calendar.RefreshEvery is { } every)
        {
            lines.Add("REFRESH-INTERVAL;VALUE=DURATION", Duration(every));
            lines.Add("X-PUBLISHED-TTL", Duration(every));
        }

        foreach (var zone in calendar.Events.Where(one => !IsInUtc(one)).GroupBy(one => one.Zone.Id, StringComparer.Ordinal))
        {
            VTimeZone.Write(lines, zone.First().Zone, zone.Min(one => one.Start), zone.Max(one => one.End));
        }

        foreach (var one in calendar.Events)
        {
            Write(lines, one);
        }

        lines.Add("END", "VCALENDAR");
        return lines.ToString();
    }

    private static void Write(ContentLines lines, CalendarEvent one)
    {
        lines.Add("BEGIN", "VEVENT");
        lines.Add("UID", one.Uid);
        lines.Add("SEQUENCE", ContentLines.Number(one.Sequence));
        lines.Add("DTSTAMP", Utc(one.StampedAt));
        WriteTime(lines, "DTSTART", one, one.Start);
        WriteTime(lines, "DTEND", one, WholeSecond(one.End));
        lines.Add("STATUS", one.Status);
        // What is cancelled takes nobody's time any more.
        lines.Add("TRANSP", one.Status == EventStatus.Cancelled ? "TRANSPARENT" : "OPAQUE");
        lines.AddText("SUMMARY", one.Summary);
        lines.AddText("LOCATION", one.Location);
        lines.AddText("DESCRIPTION", one.Description);

        if (one.Organizer is { } organizer)
        {
            lines.Add($"ORGANIZER{Named(organizer)}", Address(organizer));
        }

        foreach (var attendee in one.Attendees)
        {
            // Who books has agreed by booking.
            lines.Add($"ATTENDEE{Named(attendee)};ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE", Address(attendee));
        }

        foreach (var before in one.AlarmsBefore)
        {
            lines.Add("BEGIN", "VALARM");
            lines.Add("ACTION", "DISPLAY");
            lines.AddText("DESCRIPTION", one.Summary);
            lines.Add("TRIGGER", $"-{Duration(before)}");
            lines.Add("END", "VALARM");
        }

        lines.Add("END", "VEVENT");
    }

    private static void WriteTime(ContentLines lines, string name, CalendarEvent one, DateTimeOffset instant)
    {
        if (IsInUtc(one))
        {
            lines.Add(name, Utc(instant));
            return;
        }

        lines.Add($"{name};TZID={one.Zone.Id}", Wall(TimeZoneInfo.ConvertTime(instant, one.Zone).DateTime));
    }

    // In the hour that comes twice a local time means the first (RFC 5545, 3.3.5): the second can only be said in UTC, and both ends in the same form.
    private static bool IsInUtc(CalendarEvent one) => IsTwice(one.Zone, one.Start) || IsTwice(one.Zone, WholeSecond(one.End));

    private static bool IsTwice(TimeZoneInfo zone, DateTimeOffset instant) => zone.IsAmbiguousTime(TimeZoneInfo.ConvertTime(instant, zone).DateTime);

    // Calendars know no fractions, and an event must not end as it starts.
    private static DateTimeOffset WholeSecond(DateTimeOffset instant) => instant.AddTicks((TimeSpan.TicksPerSecond - (instant.Ticks % TimeSpan.TicksPerSecond)) % TimeSpan.TicksPerSecond);

    private static string Named(CalendarPerson person) => string.IsNullOrEmpty(person.Name) ? "" : $";CN={ContentLines.Quoted(person.Name)}";

    // RFC 6068: what an address may hold and a URI may not is written as %xx.
    private static string Address(CalendarPerson person)
    {
        var at = person.Email.LastIndexOf('@');
        return at < 0 ? $"mailto:{Uri.EscapeDataString(person.Email)}" : $"mailto:{Uri.EscapeDataString(person.Email[..at])}@{person.Email[(at + 1)..]}";
    }

    private static string Duration(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"PT{(long)span.TotalMinutes}M");

    private static string Utc(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    internal static string Wall(DateTime local) => local.ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture);
}
