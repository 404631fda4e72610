namespace Coworking.Reservations.Availability;

/// <summary>A zone's clock over a stretch of time, cut where its offset changes: within a piece wall time is instant plus offset, and nothing is skipped or comes twice.</summary>
internal sealed class WallClock
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly List<Piece> _pieces = [];

    internal WallClock(TimeZoneInfo zone, Interval over)
    {
        var from = over.From;

        // No zone changes its clock and back within a day.
        for (var at = over.From; at < over.Until; at += Day)
        {
            var next = Intervals.Earlier(at + Day, over.Until);

            if (zone.GetUtcOffset(at) != zone.GetUtcOffset(next))
            {
                var change = ChangeBetween(zone, at, next);
                _pieces.Add(new Piece(from, change, zone.GetUtcOffset(from)));
                from = change;
            }
        }

        _pieces.Add(new Piece(from, over.Until, zone.GetUtcOffset(from)));
    }

    /// <summary>The stretches that are made of the same parts of each local day, e.g. opening times.</summary>
    /// <param name="parts">The parts of a day, in order, as times since its midnight.</param>
    internal List<Interval> Repeat(Func<DateOnly, IEnumerable<(TimeSpan From, TimeSpan Until)>> parts)
    {
        var all = new List<Interval>();

        foreach (var piece in _pieces)
        {
            var last = DateOnly.FromDateTime(piece.Wall(piece.Until));

            for (var day = DateOnly.FromDateTime(piece.Wall(piece.From)); day <= last; day = day.AddDays(1))
            {
                var midnight = new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) - piece.Offset;

                foreach (var part in parts(day))
                {
                    Add(all, Intervals.Later(midnight + part.From, piece.From), Intervals.Earlier(midnight + part.Until, piece.Until));
                }
            }
        }

        return all;
    }

    /// <summary>The last instant that a local day has; the first or last one of all for a day that lies outside.</summary>
    internal DateTimeOffset EndOf(DateOnly day)
    {
        for (var i = _pieces.Count - 1; i >= 0; i--)
        {
            var midnight = _pieces[i].Instant(day.AddDays(1).ToDateTime(TimeOnly.MinValue));

            if (midnight > _pieces[i].From)
            {
                return Intervals.Earlier(midnight, _pieces[i].Until).AddTicks(-1);
            }
        }

        return DateTimeOffset.MinValue;
    }

    /// <summary>True at a whole minute whose number since the day's midnight is a multiple of the step.</summary>
    internal bool IsAligned(DateTimeOffset instant, int step) =>
        _pieces.Find(piece => instant < piece.Until) is { Until.Ticks: > 0 } piece && piece.Wall(instant).TimeOfDay.Ticks % (step * TimeSpan.TicksPerMinute) == 0;

    /// <summary>The first aligned instant that is not before this one; null past the end.</summary>
    internal DateTimeOffset? AlignedFrom(DateTimeOffset instant, int step)
    {
        foreach (var piece in _pieces)
        {
            if (instant < piece.Until)
            {
                var wall = piece.Wall(Intervals.Later(instant, piece.From));
                var ticks = step * TimeSpan.TicksPerMinute;
                var up = (wall.TimeOfDay.Ticks + ticks - 1) / ticks * ticks;
                // The last step of a day ends at midnight, whether or not it is whole.
                var aligned = piece.Instant(wall.Date.AddTicks(Math.Min(up, TimeSpan.TicksPerDay)));

                if (aligned < piece.Until)
                {
                    return aligned;
                }
            }
        }

        return null;
    }

    /// <summary>The last aligned instant that is not after this one; null before the beginning.</summary>
    internal DateTimeOffset? AlignedUntil(DateTimeOffset instant, int step)
    {
        for (var i = _pieces.Count - 1; i >= 0; i--)
        {
            var piece = _pieces[i];

            if (instant >= piece.From)
            {
                // The first instant of the next piece has the next offset.
                var wall = piece.Wall(instant < piece.Until ? instant : piece.Until.AddTicks(-1));
                var ticks = step * TimeSpan.TicksPerMinute;
                var aligned = piece.Instant(wall.Date.AddTicks(wall.TimeOfDay.Ticks / ticks * ticks));

                if (aligned >= piece.From)
                {
                    return aligned;
                }
            }
        }

        return null;
    }

    private static void Add(List<Interval> all, DateTimeOffset from, DateTimeOffset until)
    {
        if (from >= until)
        {
            return;
        }

        if (all.Count > 0 && all[^1].Until == from)
        {
            all[^1] = all[^1] with { Until = until };
            return;
        }

        all.Add(new Interval(from, until));
    }

    private static DateTimeOffset ChangeBetween(TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset until)
    {
        var after = zone.GetUtcOffset(until);

        // Clocks change at whole seconds, but a stretch may begin and end between two.
        from = from.AddTicks(-(from.Ticks % TimeSpan.TicksPerSecond));
        until = until.AddTicks((TimeSpan.TicksPerSecond - (until.Ticks % TimeSpan.TicksPerSecond)) % TimeSpan.TicksPerSecond);

        while (until - from > TimeSpan.FromSeconds(1))
        {
            var middle = from.AddSeconds(Math.Floor((until - from).TotalSeconds / 2));
            (from, until) = zone.GetUtcOffset(middle) == after ? (from, middle) : (middle, until);
        }

        return until;
    }

    private readonly record struct Piece(DateTimeOffset From, DateTimeOffset Until, TimeSpan Offset)
    {
        internal DateTime Wall(DateTimeOffset instant) => instant.UtcDateTime + Offset;

        internal DateTimeOffset Instant(DateTime wall) => new DateTimeOffset(wall.Ticks, TimeSpan.Zero) - Offset;
    }
}
