using Coworking.Reservations.Bookings;

namespace Coworking.Reservations.Availability;

/// <summary>Makes free time of spaces; the clocks of zones, which many spaces share, are made once.</summary>
/// <param name="window">Nothing outside is offered.</param>
/// <param name="mayBePast">True where neither the past nor a short lead is an objection.</param>
/// <param name="now">The present.</param>
internal sealed class SpaceTime(Interval window, bool mayBePast, DateTimeOffset now)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly Dictionary<string, WallClock> _clocks = new(StringComparer.Ordinal);

    internal FreeTime Of(BookableSpace space, IEnumerable<Interval> taken)
    {
        var clock = ClockOf(space.Zone);
        return new FreeTime(Limits.Of(space, mayBePast, now, clock, space.Hours is { } hours ? ClockOf(hours.Zone) : null), taken, clock, window);
    }

    private WallClock ClockOf(TimeZoneInfo zone)
    {
        if (!_clocks.TryGetValue(zone.Id, out var clock))
        {
            // A day more on both sides: starts are rounded to it, and days begin before the window does.
            _clocks[zone.Id] = clock = new WallClock(zone, new Interval(window.From - Day, window.Until + Day));
        }

        return clock;
    }
}
