namespace Coworking.Reservations.Availability;

/// <summary>
/// When a space could be booked, by arithmetic alone. A booking is possible exactly where it lies within a clear stretch — open, on no closed day, with its
/// buffers clear of what is taken — and where its start and its length keep the limits.
/// </summary>
internal sealed class FreeTime
{
    private readonly Limits _limits;
    private readonly WallClock _clock;
    private readonly List<Interval> _clear;

    /// <param name="limits">What policy and space allow.</param>
    /// <param name="taken">What bookings hold, with their buffers, in the order of its beginnings.</param>
    /// <param name="clock">The location's, over the window and a day on both sides.</param>
    /// <param name="window">Nothing outside is offered.</param>
    internal FreeTime(Limits limits, IEnumerable<Interval> taken, WallClock clock, Interval window)
    {
        (_limits, _clock) = (limits, clock);
        var open = limits.Open is { } hours ? new List<Interval> { window }.And(hours) : [window];
        var closed = limits.ClosedDays.Count == 0 ? [] : clock.Repeat(day => limits.ClosedDays.Contains(day) ? [(TimeSpan.Zero, TimeSpan.FromDays(1))] : []);
        // A wish comes with buffers of its own, so it must keep that much away from what is taken.
        _clear = open.Less(closed).Less(taken.Where(one => one.From < one.Until).Select(one => new Interval(one.From - limits.After, one.Until + limits.Before)));
    }

    /// <summary>Every start of a booking of this length that falls on the grid of the location's wall clock.</summary>
    /// <param name="length">Of the booking.</param>
    /// <param name="step">Minutes; the grid begins anew at each midnight.</param>
    internal IEnumerable<DateTimeOffset> Starts(TimeSpan length, int step)
    {
        if (!_limits.AllowsLength(length))
        {
            yield break;
        }

        foreach (var clear in _clear)
        {
            var last = Intervals.Earlier(clear.Until - length, _limits.LatestStart);

            for (var start = _clock.AlignedFrom(Intervals.Later(clear.From, _limits.EarliestStart), step);
                start is { } at && at <= last;
                start = _clock.AlignedFrom(at.AddTicks(1), step))
            {
                if (IsStart(at))
                {
                    yield return at;
                }
            }
        }
    }

    /// <summary>The booking nearest to the wanted one: itself, one of its length at another time, or a shorter one within it; null where there is none.</summary>
    /// <param name="wanted">From when to when.</param>
    /// <param name="shortest">Least length of a shorter one; the wanted length where nothing shorter will do.</param>
    internal Interval? Nearest(Interval wanted, TimeSpan shortest)
    {
        Interval? best = null;

        foreach (var clear in _clear)
        {
            foreach (var one in Candidates(clear, wanted, shortest))
            {
                if (best is not { } so || Distance(one, wanted) < Distance(so, wanted))
                {
                    best = one;
                }
            }
        }

        return best;
    }

    /// <summary>By how much start and end are moved, together.</summary>
    internal static TimeSpan Distance(Interval one, Interval wanted) => (one.From - wanted.From).Duration() + (one.Until - wanted.Until).Duration();

    /// <summary>The longest, and of those the earliest, in what a clear stretch has of the wanted time; also the whole of it.</summary>
    private Interval? Shorter(Interval clear, Interval wanted, TimeSpan shortest)
    {
        var from = Intervals.Later(Intervals.Later(clear.From, wanted.From), _limits.EarliestStart);
        // The wanted start and end need not stand at whole minutes; others do.
        var start = from == wanted.From && IsStart(from) ? from : _clock.AlignedFrom(from, _limits.StartStep);
        var end = wanted.Until <= clear.Until ? wanted.Until : _clock.AlignedUntil(clear.Until, step: 1);

        if (start is not { } at || end is not { } until || at > _limits.LatestStart || until <= at)
        {
            return null;
        }

        var length = _limits.LongestWithin(until - at);
        return length >= shortest && length > TimeSpan.Zero && at + length <= clear.Until ? new Interval(at, at + length) : null;
    }

    private IEnumerable<Interval> Candidates(Interval clear, Interval wanted, TimeSpan shortest) =>
        Shorter(clear, wanted, shortest) is { } shorter ? Shifted(clear, wanted).Prepend(shorter) : Shifted(clear, wanted);

    /// <summary>The nearest before and the nearest after.</summary>
    private IEnumerable<Interval> Shifted(Interval clear, Interval wanted)
    {
        var first = Intervals.Later(clear.From, _limits.EarliestStart);
        var last = Intervals.Earlier(clear.Until - wanted.Length, _limits.LatestStart);

        if (first > last || !_limits.AllowsLength(wanted.Length))
        {
            yield break;
        }

        if (_clock.AlignedUntil(Intervals.Earlier(last, wanted.From), _limits.StartStep) is { } before && before >= first)
        {
            yield return new Interval(before, before + wanted.Length);
        }

        if (_clock.AlignedFrom(Intervals.Later(first, wanted.From), _limits.StartStep) is { } after && after <= last)
        {
            yield return new Interval(after, after + wanted.Length);
        }
    }

    private bool IsStart(DateTimeOffset at) => _limits.PolicyStep is not { } step || _clock.IsAligned(at, step);
}
