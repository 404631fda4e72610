using Coworking.Reservations.Http;

namespace Coworking.Reservations.Series;

/// <summary>
/// A span on the wall of a place and the days on which it comes again (RFC 5545, 3.8.5.3, in small). Pure: the same rule says the same occurrences
/// each time, so they can be counted on by their index.
/// </summary>
/// <param name="Start">The first start on the wall; its day must itself be one of the days.</param>
/// <param name="End">The first end on the wall, after the start.</param>
/// <param name="Every">One of <see cref="Units"/>.</param>
/// <param name="Interval">Every how many days, weeks or months.</param>
/// <param name="Weekdays">ISO days of a weekly rule, ascending; empty: the day of the first.</param>
/// <param name="Count">How many; null where a last day is given.</param>
/// <param name="Until">The last day on which one may start, inclusive.</param>
internal sealed record Recurrence(DateTime Start, DateTime End, string Every, int Interval, int[] Weekdays, int? Count, DateOnly? Until)
{
    internal const string Day = "day";
    internal const string Week = "week";
    internal const string Month = "month";

    /// <summary>A year of days and a day: more is not a series, but a contract.</summary>
    internal const int Most = 366;

    internal static readonly string[] Units = [Day, Week, Month];

    private static readonly DateOnly LastDay = new(2199, 12, 31);

    private DateOnly First => DateOnly.FromDateTime(Start);

    /// <summary>True where the first day is one of the days; else the rule and its first occurrence contradict each other.</summary>
    internal bool BeginsOnItsDay => Every != Week || Weekdays.Length == 0 || Weekdays.Contains(IsoDay(First));

    /// <summary>The occurrences, ascending; ends with the calendar of this service where the rule does not end before.</summary>
    internal IEnumerable<Occurrence> In(TimeZoneInfo zone) => Days()
        .TakeWhile(day => day <= (Until ?? LastDay))
        .Take(Count ?? int.MaxValue)
        .Select((day, index) => On(day, index, zone));

    private Occurrence On(DateOnly day, int index, TimeZoneInfo zone)
    {
        var start = day.ToDateTime(TimeOnly.FromDateTime(Start));
        return Occurrence.Of(index, start, start + (End - Start), zone);
    }

    private IEnumerable<DateOnly> Days() => Every switch
    {
        Day => Steps(First, (day, steps) => day.AddDays(steps * Interval)),
        Week => DaysOfWeeks(),
        _ => DaysOfMonths(),
    };

    // Weeks begin on Monday: with an interval it matters which days share a week.
    private IEnumerable<DateOnly> DaysOfWeeks()
    {
        var days = Weekdays.Length == 0 ? [IsoDay(First)] : Weekdays;
        var mondays = Steps(First.AddDays(1 - IsoDay(First)), (monday, steps) => monday.AddDays(7 * steps * Interval));
        return mondays.SelectMany(monday => days.Select(day => monday.AddDays(day - 1))).Where(day => day >= First);
    }

    // A month that lacks the day is left out, as calendars do: the 31st is not the 30th.
    private IEnumerable<DateOnly> DaysOfMonths() => Steps(new DateOnly(First.Year, First.Month, 1), (month, steps) => month.AddMonths(steps * Interval))
        .Where(month => First.Day <= DateTime.DaysInMonth(month.Year, month.Month))
        .Select(month => month.AddDays(First.Day - 1));

    private static IEnumerable<DateOnly> Steps(DateOnly first, Func<DateOnly, int, DateOnly> step)
    {
        var steps = 0;

        for (var day = first; day <= LastDay; day = step(first, steps))
        {
            yield return day;
            steps++;
        }
    }

    private static int IsoDay(DateOnly day) => day.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)day.DayOfWeek;
}

/// <summary>One of a series.</summary>
/// <param name="Index">From 0.</param>
/// <param name="WallStart">Its start as the rule says it, also where the clocks jump over it.</param>
/// <param name="WallEnd">Its end likewise.</param>
/// <param name="Start">When that is.</param>
/// <param name="End">After the start.</param>
internal sealed record Occurrence(int Index, DateTime WallStart, DateTime WallEnd, DateTimeOffset Start, DateTimeOffset End)
{
    internal static Occurrence Of(int index, DateTime start, DateTime end, TimeZoneInfo zone)
    {
        var (from, until) = (WallClock.At(start, zone), WallClock.At(end, zone));
        // Where a gap swallows the start alone, the shifted start may pass the end.
        return new Occurrence(index, start, end, from, until > from ? until : from + (end - start));
    }
}
