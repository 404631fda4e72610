using System.Globalization;

namespace Coworking.Contracts;

/// <summary>The one rule that says whether an instant lies inside office hours, made ready for many questions. Both services judge by it.</summary>
public sealed class OpeningTimes
{
    private readonly TimeOnly _open;
    private readonly TimeOnly _close;
    private readonly TimeZoneInfo _zone;
    private readonly int _days;

    private OpeningTimes(TimeOnly open, TimeOnly close, TimeZoneInfo zone, int days) => (_open, _close, _zone, _days) = (open, close, zone, days);

    /// <summary>Reads hours as they travel on the wire.</summary>
    /// <exception cref="FormatException">A time is not HH:mm or a day is not 1..7.</exception>
    /// <exception cref="TimeZoneNotFoundException">The zone is not in the time zone database.</exception>
    public static OpeningTimes Of(OfficeHours hours)
    {
        var days = 0;

        foreach (var day in hours.WorkDays)
        {
            days |= day is >= 1 and <= 7 ? 1 << day : throw new FormatException($"work day {day} is not 1 (Monday) to 7 (Sunday)");
        }

        return new OpeningTimes(Clock(hours.OpenTime), Clock(hours.CloseTime), TimeZoneInfo.FindSystemTimeZoneById(hours.Timezone), days);
    }

    /// <summary>True where open &lt;= local time &lt; close. A range over midnight belongs to the day on which it opens.</summary>
    public bool IsOpenAt(DateTimeOffset instant)
    {
        var local = TimeZoneInfo.ConvertTime(instant, _zone);
        var time = TimeOnly.FromTimeSpan(local.TimeOfDay);

        if (_open < _close)
        {
            return Opens(local.DayOfWeek) && time >= _open && time < _close;
        }

        return (Opens(local.DayOfWeek) && time >= _open) || (time < _close && Opens(local.AddDays(-1).DayOfWeek));
    }

    /// <summary>True where every instant of [from, until) is open; a span may end at closing time.</summary>
    public bool IsOpenThroughout(DateTimeOffset from, DateTimeOffset until) => IsOpenAt(from) && Edges(from, until).All(IsOpenAt);

    /// <summary>Every instant between both at which open may turn into closed: closing times, and clocks that jump.</summary>
    private IEnumerable<DateTimeOffset> Edges(DateTimeOffset from, DateTimeOffset until)
    {
        var lastDay = TimeZoneInfo.ConvertTime(until, _zone).Date;

        for (var day = TimeZoneInfo.ConvertTime(from, _zone).Date; day <= lastDay; day = day.AddDays(1))
        {
            var closing = DateTime.SpecifyKind(day + _close.ToTimeSpan(), DateTimeKind.Unspecified);
            // A time that the clocks strike twice closes twice.
            var offsets = _zone.IsAmbiguousTime(closing) ? _zone.GetAmbiguousTimeOffsets(closing) : [_zone.GetUtcOffset(closing)];

            foreach (var edge in offsets.Select(offset => new DateTimeOffset(closing, offset)).Where(edge => edge > from && edge < until))
            {
                yield return edge;
            }
        }

        // Shorter than any two jumps of a zone are apart.
        var step = TimeSpan.FromDays(1);

        for (var at = from; at < until; at += step)
        {
            var next = at + step < until ? at + step : until;

            if (_zone.GetUtcOffset(at) != _zone.GetUtcOffset(next))
            {
                yield return Jump(at, next);
            }
        }
    }

    /// <summary>The first instant with the offset that holds at the end of a span.</summary>
    private DateTimeOffset Jump(DateTimeOffset before, DateTimeOffset after)
    {
        var offset = _zone.GetUtcOffset(after);

        while (after - before > TimeSpan.FromTicks(1))
        {
            var middle = before + ((after - before) / 2);
            (before, after) = _zone.GetUtcOffset(middle) == offset ? (before, middle) : (middle, after);
        }

        return after;
    }

    private bool Opens(DayOfWeek day) => (_days & (1 << (day == DayOfWeek.Sunday ? 7 : (int)day))) != 0;

    private static TimeOnly Clock(string text) => TimeOnly.ParseExact(text, "HH:mm", CultureInfo.InvariantCulture);
}
