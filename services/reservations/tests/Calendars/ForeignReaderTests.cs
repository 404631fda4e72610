using System.Text.Json;
using Coworking.Reservations.Calendars;

namespace Coworking.Reservations.Tests.Calendars;

public sealed class ForeignReaderTests
{
    [Fact]
    public async Task A_reader_that_is_not_ours_reads_what_was_meant()
    {
        var start = new DateTimeOffset(2026, 3, 4, 15, 0, 0, TimeSpan.Zero);
        var written = new CalendarEvent(
            CalendarEvent.UidOf(Guid.CreateVersion7(start)), 7, start.AddDays(-1), start, start.AddHours(2), TimeZoneInfo.FindSystemTimeZoneById("America/Mexico_City"), EventStatus.Tentative,
            "Sala Azul; con vistas, 漢字 🏢 y más texto que una línea de setenta y cinco octetos puede contener")
        {
            Location = "Torre de Innovación Norte, Av. Reforma 1",
            Description = "Attendees: 4\nProjector, \\ and flipchart; thanks",
            Organizer = new CalendarPerson("desk@example.com", "Desk; \"North\""),
            Attendees = [new CalendarPerson("ana+x@example.com", "Ana")],
            AlarmsBefore = [TimeSpan.FromDays(1), TimeSpan.FromMinutes(30)],
        };
        var read = await ForeignReader.ReadAsync(ICalendar.Write(new CalendarFile([written], "REQUEST", "Azul")));
        Assert.Equal(("2.0", "REQUEST", "Azul"), (Text(read, "version"), Text(read, "method"), Text(read, "name")));
        Assert.Equal(["America/Mexico_City"], read.GetProperty("zones").EnumerateArray().Select(zone => zone.GetString()));
        var one = Assert.Single(read.GetProperty("events").EnumerateArray());
        Assert.Equal(written.Uid, Text(one, "uid"));
        Assert.Equal(7, one.GetProperty("sequence").GetInt32());
        Assert.Equal("2026-03-04T09:00:00", Text(one, "wall"));
        Assert.Equal((written.Start.ToUnixTimeSeconds(), written.End.ToUnixTimeSeconds()), (one.GetProperty("start").GetInt64(), one.GetProperty("end").GetInt64()));
        Assert.Equal(written.StampedAt.ToUnixTimeSeconds(), one.GetProperty("stamp").GetInt64());
        Assert.Equal((written.Status, written.Summary, written.Location, written.Description), (Text(one, "status"), Text(one, "summary"), Text(one, "location"), Text(one, "description")));
        Assert.Equal(("mailto:desk@example.com", "Desk; \"North\""), (Text(one, "organizer"), Text(one, "organizerName")));
        Assert.Equal(["mailto:ana%2Bx@example.com"], one.GetProperty("attendees").EnumerateArray().Select(attendee => attendee.GetString()));
        Assert.Equal([-86_400, -1_800], one.GetProperty("alarms").EnumerateArray().Select(alarm => alarm.GetInt32()));
    }

    [Fact]
    public async Task Every_hour_around_a_change_of_the_clock_is_the_instant_that_was_meant()
    {
        (string Zone, DateTimeOffset Day)[] days =
        [
            ("Europe/Madrid", At(2026, 3, 29)), ("Europe/Madrid", At(2026, 10, 25)), ("Europe/Dublin", At(2026, 3, 29)), ("Europe/Dublin", At(2026, 10, 25)),
            ("Australia/Lord_Howe", At(2026, 4, 5)), ("Australia/Lord_Howe", At(2026, 10, 4)), ("America/Santiago", At(2026, 4, 5)), ("America/Santiago", At(2026, 9, 6)),
            ("America/New_York", At(2026, 3, 8)), ("America/New_York", At(2026, 11, 1)), ("Pacific/Chatham", At(2026, 4, 5)), ("Asia/Kathmandu", At(2026, 1, 1)),
            ("America/Mexico_City", At(2026, 4, 5)), ("UTC", At(2027, 1, 1)),
        ];
        var events = days.SelectMany(day => Enumerable.Range(-20, 56).Select(half => new CalendarEvent(
            $"{day.Zone} {day.Day:O} {half}",
            1,
            day.Day,
            day.Day.AddMinutes(30 * half),
            day.Day.AddMinutes((30 * half) + 45),
            TimeZoneInfo.FindSystemTimeZoneById(day.Zone),
            EventStatus.Confirmed,
            "x"))).ToList();
        var read = (await ForeignReader.ReadAsync(ICalendar.Write(new CalendarFile(events)))).GetProperty("events").EnumerateArray().ToDictionary(one => Text(one, "uid")!);
        Assert.Equal(events.Count, read.Count);

        foreach (var one in events)
        {
            Assert.Equal(
                (one.Uid, one.Start.ToUnixTimeSeconds(), one.End.ToUnixTimeSeconds()), (one.Uid, read[one.Uid].GetProperty("start").GetInt64(), read[one.Uid].GetProperty("end").GetInt64()));
        }
    }

    private static DateTimeOffset At(int year, int month, int day) => new(year, month, day, 0, 0, 0, TimeSpan.Zero);

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();
}
