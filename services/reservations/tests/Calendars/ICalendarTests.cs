using System.Globalization;
using System.Text;
using Coworking.Reservations.Calendars;

namespace Coworking.Reservations.Tests.Calendars;

public sealed class ICalendarTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 4, 15, 0, 0, TimeSpan.Zero);

    [Fact]
    public void No_line_has_more_than_75_octets_and_no_character_is_cut()
    {
        var random = new Random(20_261_121);
        string[] letters = ["a", "ñ", "漢", "🏢", "\\", ";", ",", "\n", " ", ":", "\"", "\t"];

        for (var i = 0; i < 500; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(0, 300)).Select(_ => letters[random.Next(letters.Length)]));
            var bytes = Encoding.UTF8.GetBytes(ICalendar.Write(new CalendarFile([An("UTC") with { Summary = "x" + text }])));
            var lines = Lines(bytes);
            Assert.All(lines, line => Assert.InRange(line.Length, 1, 75));
            // Each line alone is whole UTF-8.
            var strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
            var unfolded = string.Join("\r\n", lines.Select(strict.GetString)).Replace("\r\n ", "", StringComparison.Ordinal);
            var summary = unfolded.Split("\r\n").Single(line => line.StartsWith("SUMMARY:", StringComparison.Ordinal))["SUMMARY:".Length..];
            Assert.Equal("x" + text, Unescaped(summary));
        }
    }

    [Fact]
    public void What_no_text_may_hold_is_left_out()
    {
        var text = ICalendar.Write(new CalendarFile([An("UTC") with { Summary = "a\0b\u001bc\u007fd\ud800e", Description = "one\r\ntwo\rthree\nfour" }]));
        Assert.Contains("SUMMARY:abcd\ufffde\r\n", text, StringComparison.Ordinal);
        Assert.Contains("DESCRIPTION:one\\ntwo\\nthree\\nfour\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_is_quoted_and_an_address_is_a_URI() =>
        Assert.Contains(
            "ORGANIZER;CN=\"Ana ^'A^' ^^ Ruiz, X; Y: Z\":mailto:a%25b%3Fc%26d@example.com\r\n",
            ICalendar.Write(new CalendarFile([An("UTC") with { Organizer = new CalendarPerson("a%b?c&d@example.com", "Ana \"A\" ^ Ruiz, X; Y: Z") }])).Replace("\r\n ", "", StringComparison.Ordinal),
            StringComparison.Ordinal);

    [Fact]
    public void The_same_calendar_is_the_same_text_and_each_zone_is_told_once()
    {
        var calendar = new CalendarFile([An("Europe/Madrid"), An("Europe/Madrid"), An("America/Mexico_City")], "REQUEST", "Sala; Azul", TimeSpan.FromMinutes(15));
        var text = ICalendar.Write(calendar);
        Assert.Equal(text, ICalendar.Write(calendar));
        Assert.Equal(2, text.Split("BEGIN:VTIMEZONE").Length - 1);
        Assert.Contains("METHOD:REQUEST\r\n", text, StringComparison.Ordinal);
        Assert.Contains("X-WR-CALNAME:Sala\\; Azul\r\n", text, StringComparison.Ordinal);
        Assert.Contains("REFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n", text, StringComparison.Ordinal);
        Assert.EndsWith("END:VCALENDAR\r\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("America/Mexico_City", "STANDARD 20251230T180000 -0600 -0600")]
    [InlineData("Europe/Madrid", "STANDARD 20251231T010000 +0100 +0100;DAYLIGHT 20260329T020000 +0100 +0200;STANDARD 20261025T030000 +0200 +0100")]
    [InlineData("America/Santiago", "DAYLIGHT 20251230T210000 -0300 -0300;STANDARD 20260405T000000 -0300 -0400;DAYLIGHT 20260906T000000 -0400 -0300")]
    [InlineData("Australia/Lord_Howe", "DAYLIGHT 20251231T110000 +1100 +1100;STANDARD 20260405T020000 +1100 +1030;DAYLIGHT 20261004T020000 +1030 +1100")]
    [InlineData("Asia/Kathmandu", "STANDARD 20251231T054500 +0545 +0545")]
    public void A_zone_says_what_its_clock_does_in_the_years_of_the_events(string zone, string expected) =>
        Assert.Equal(expected, string.Join(';', Observances(ICalendar.Write(new CalendarFile([An(zone)])))));

    [Fact]
    public void Events_of_two_years_have_the_changes_of_both() =>
        Assert.Equal(5, Observances(ICalendar.Write(new CalendarFile([An("Europe/Madrid"), An("Europe/Madrid", Start.AddYears(1))]))).Count());

    [Fact]
    public void An_hour_that_comes_twice_is_said_in_UTC()
    {
        // 02:30 in Madrid, the first time and the second.
        foreach (var start in new[] { new DateTimeOffset(2026, 10, 25, 0, 30, 0, TimeSpan.Zero), new DateTimeOffset(2026, 10, 25, 1, 30, 0, TimeSpan.Zero) })
        {
            var text = ICalendar.Write(new CalendarFile([An("Europe/Madrid", start)]));
            Assert.Contains($"DTSTART:{start.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}\r\n", text, StringComparison.Ordinal);
            Assert.DoesNotContain("TZID", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_event_of_less_than_a_second_ends_after_it_starts()
    {
        var text = ICalendar.Write(new CalendarFile([An("UTC") with { End = Start.AddMilliseconds(5) }]));
        Assert.Contains("DTSTART;TZID=UTC:20260304T150000\r\nDTEND;TZID=UTC:20260304T150001\r\n", text, StringComparison.Ordinal);
    }

    private static CalendarEvent An(string zone, DateTimeOffset? start = null) => new(
        CalendarEvent.UidOf(Guid.Empty), 1, Start, start ?? Start, (start ?? Start).AddMinutes(30), TimeZoneInfo.FindSystemTimeZoneById(zone), EventStatus.Confirmed, "Sala");

    private static IEnumerable<string> Observances(string text)
    {
        var lines = text.Split("\r\n");

        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i] is "BEGIN:STANDARD" or "BEGIN:DAYLIGHT")
            {
                yield return string.Join(' ', lines[i..(i + 4)].Select(line => line.Split(':')[1]));
            }
        }
    }

    private static List<byte[]> Lines(byte[] text)
    {
        var lines = new List<byte[]>();

        for (var (from, at) = (0, 0); at < text.Length - 1; at++)
        {
            if (text[at] == '\r' && text[at + 1] == '\n')
            {
                lines.Add(text[from..at]);
                from = at + 2;
            }
        }

        return lines;
    }

    private static string Unescaped(string text)
    {
        var plain = new StringBuilder();

        for (var i = 0; i < text.Length; i++)
        {
            plain.Append(text[i] == '\\' ? text[++i] == 'n' ? '\n' : text[i] : text[i]);
        }

        return plain.ToString();
    }
}
