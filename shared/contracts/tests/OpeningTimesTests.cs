using FsCheck;
using FsCheck.Fluent;

namespace Coworking.Contracts.Tests;

public sealed class OpeningTimesTests
{
    private static readonly int[] WorkWeek = [1, 2, 3, 4, 5];

    [Theory]
    [InlineData("2026-02-03T15:00:00Z", true)] // 09:00, the first instant
    [InlineData("2026-02-03T14:59:59.999Z", false)]
    [InlineData("2026-02-03T23:59:59.999Z", true)]
    [InlineData("2026-02-04T00:00:00Z", false)] // 18:00, the end is not in
    [InlineData("2026-02-07T18:00:00Z", false)] // Saturday noon
    [InlineData("2026-02-03T16:00:00+01:00", true)] // the same instant in another offset
    public void The_opening_time_is_in_and_the_closing_time_is_out(string instant, bool open) =>
        Assert.Equal(open, Of("09:00", "18:00", "America/Mexico_City", WorkWeek).IsOpenAt(At(instant)));

    [Theory]
    [InlineData("2026-02-06T22:00:00Z", true)] // Friday evening
    [InlineData("2026-02-07T05:59:59Z", true)] // Saturday morning still belongs to Friday
    [InlineData("2026-02-07T06:00:00Z", false)]
    [InlineData("2026-02-07T22:30:00Z", false)] // Saturday does not open
    [InlineData("2026-02-02T05:00:00Z", false)] // Monday morning would belong to Sunday
    public void Hours_over_midnight_belong_to_the_day_on_which_they_open(string instant, bool open) =>
        Assert.Equal(open, Of("22:00", "06:00", "UTC", WorkWeek).IsOpenAt(At(instant)));

    [Theory]
    [InlineData("2026-02-03T09:00:00Z", true)]
    [InlineData("2026-02-03T08:59:00Z", false)] // Monday does not open
    [InlineData("2026-02-04T08:59:59Z", true)]
    [InlineData("2026-02-04T09:00:00Z", false)]
    public void Equal_times_mean_round_the_clock_from_the_opening_time(string instant, bool open) =>
        Assert.Equal(open, Of("09:00", "09:00", "UTC", [2]).IsOpenAt(At(instant)));

    [Theory]
    [InlineData("00:00", "06:00", 7, "2026-09-06T03:59:59Z", false)] // Saturday 23:59:59; midnight does not exist this Sunday
    [InlineData("00:00", "06:00", 7, "2026-09-06T04:00:00Z", true)] // Sunday 01:00
    [InlineData("00:00", "06:00", 7, "2026-09-06T08:59:59Z", true)]
    [InlineData("00:00", "06:00", 7, "2026-09-06T09:00:00Z", false)]
    [InlineData("22:00", "02:00", 6, "2026-04-05T02:30:00Z", true)] // Saturday 23:30 in summer time
    [InlineData("22:00", "02:00", 6, "2026-04-05T03:30:00Z", true)] // Saturday 23:30 once more
    [InlineData("22:00", "02:00", 6, "2026-04-05T06:00:00Z", false)] // Sunday 02:00
    public void Santiago_changes_its_clocks_at_midnight(string open, string close, int day, string instant, bool expected) =>
        Assert.Equal(expected, Of(open, close, "America/Santiago", [day]).IsOpenAt(At(instant)));

    [Theory]
    [InlineData("01:40", "01:50", "2026-04-04T14:45:00Z", true)] // 01:45 at +11:00
    [InlineData("01:40", "01:50", "2026-04-04T15:15:00Z", true)] // 01:45 at +10:30
    [InlineData("01:40", "01:50", "2026-04-04T15:00:00Z", false)] // 01:30 again
    [InlineData("02:00", "02:30", "2026-10-03T15:29:59Z", false)] // 01:59:59
    [InlineData("02:00", "02:30", "2026-10-03T15:30:00Z", false)] // 02:30: the half hour does not exist
    public void Lord_Howe_changes_its_clocks_by_half_an_hour(string open, string close, string instant, bool expected) =>
        Assert.Equal(expected, Of(open, close, "Australia/Lord_Howe", [7]).IsOpenAt(At(instant)));

    [Theory]
    [InlineData("9:00", "18:00")]
    [InlineData("09:00", "24:00")]
    [InlineData("09:00:00", "18:00")]
    [InlineData("", "18:00")]
    [InlineData("٠٩:٠٠", "18:00")]
    public void A_time_that_is_not_two_digits_each_is_refused(string open, string close) =>
        Assert.Throws<FormatException>(() => Of(open, close, "UTC", WorkWeek));

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(-1)]
    [InlineData(33)] // would shift to 1
    public void A_day_outside_the_ISO_week_is_refused(int day) =>
        Assert.Throws<FormatException>(() => Of("09:00", "18:00", "UTC", [day]));

    [Fact]
    public void A_span_is_open_throughout_where_every_minute_of_it_is()
    {
        var random = new Random(26);
        string[] zones = ["America/Mexico_City", "Australia/Lord_Howe", "America/Santiago", "Europe/Berlin", "UTC"];
        var open = 0;

        for (var i = 0; i < 400; i++)
        {
            // Around the days on which those clocks jump in 2027, by the minute, in hours that end at any minute of the clock's night too.
            var from = new DateTimeOffset(2027, random.Next(2) == 0 ? 4 : 10, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(random.Next(-6 * 1440, 6 * 1440));
            var until = from.AddMinutes(random.Next(1, random.Next(2) == 0 ? 600 : 2880));
            var days = Enumerable.Range(1, 7).Where(_ => random.Next(4) > 0).DefaultIfEmpty(1).ToArray();
            var hours = OpeningTimes.Of(new OfficeHours(Clock(random.Next(24 * 60)), Clock(random.Next(24 * 4) * 15), zones[random.Next(zones.Length)], days));
            var expected = true;

            for (var at = from; at < until && expected; at = at.AddMinutes(1))
            {
                expected = hours.IsOpenAt(at);
            }

            Assert.True(expected == hours.IsOpenThroughout(from, until), $"case {i}: {from:O} to {until:O}");
            open += expected ? 1 : 0;
        }

        Assert.True(open > 40, $"only {open} were open");

        static string Clock(int minute) => $"{minute / 60:00}:{minute % 60:00}";
    }

    [Fact]
    public void An_unknown_zone_is_refused() =>
        Assert.Throws<TimeZoneNotFoundException>(() => Of("09:00", "18:00", "America/Atlantis", WorkWeek));

    [Fact]
    public void Without_work_days_it_never_opens() =>
        Assert.False(Of("00:00", "00:00", "UTC", []).IsOpenAt(At("2026-02-03T12:00:00Z")));

    [Fact]
    public void It_agrees_with_hours_that_are_ticked_off_minute_by_minute()
    {
        // Two years in which every zone below changes its clocks four times.
        var first = At("2026-01-01T00:00:00Z");
        var cases =
            from open in Gen.Choose(0, 1439)
            from close in Gen.OneOf(Gen.Choose(0, 1439), Gen.Constant(open))
            from days in Gen.Elements(1, 2, 3, 4, 5, 6, 7).ListOf()
            from zone in Gen.Elements("America/Santiago", "Australia/Lord_Howe", "America/Mexico_City", "Europe/Berlin", "Pacific/Apia", "UTC")
            from seconds in Gen.Choose(0, 2 * 365 * 24 * 3600)
            select (open, close, days: days.ToArray(), zone, instant: first.AddSeconds(seconds));

        Prop.ForAll(cases.ToArbitrary(), x => IsTicked(x.open, x.close, x.days, x.zone, x.instant) == Of(Text(x.open), Text(x.close), x.zone, x.days).IsOpenAt(x.instant))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3000).WithReplay(20261121, 7));
    }

    // The naive reading of the rule: on each work day walk the wall clock from opening to closing and tick the minutes off.
    private static bool IsTicked(int open, int close, int[] days, string zone, DateTimeOffset instant)
    {
        var ticked = new HashSet<(DateOnly Day, int Minute)>();
        var wall = instant.UtcDateTime + TimeZoneInfo.FindSystemTimeZoneById(zone).GetUtcOffset(instant.UtcDateTime);
        var today = DateOnly.FromDateTime(wall);

        for (var day = today.AddDays(-2); day <= today.AddDays(1); day = day.AddDays(1))
        {
            var (at, minute) = (day, open);

            while (days.Contains(day.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)day.DayOfWeek))
            {
                ticked.Add((at, minute));
                (at, minute) = minute == 1439 ? (at.AddDays(1), 0) : (at, minute + 1);

                if (minute == close)
                {
                    break;
                }
            }
        }

        return ticked.Contains((today, (wall.Hour * 60) + wall.Minute));
    }

    private static string Text(int minute) => new TimeOnly(minute / 60, minute % 60).ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    private static OpeningTimes Of(string open, string close, string zone, int[] days) => OpeningTimes.Of(new OfficeHours(open, close, zone, days));

    private static DateTimeOffset At(string instant) => DateTimeOffset.Parse(instant, System.Globalization.CultureInfo.InvariantCulture);
}
