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
            // Most stretches are ruled out by two subtractions, before a wall clock is asked.
            var common = Intervals.Earlier(clear.Until, wanted.Until) - Intervals.Later(clear.From, wanted.From);

            if (common >= shortest && wanted.Length - common < (best is { } known ? Distance(known, wanted) : TimeSpan.MaxValue))
            {
                best = Nearer(best, Shorter(clear, wanted, shortest), wanted);
            }

            if (clear.Length >= wanted.Length && _limits.AllowsLength(wanted.Length))
            {
                best = Nearer(Nearer(best, ShiftedBack(clear, wanted), wanted), ShiftedOn(clear, wanted), wanted);
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

    /// <summary>Of its length, as little before the wanted start as can be.</summary>
    private Interval? ShiftedBack(Interval clear, Interval wanted)
    {
        var (first, last) = StartsWithin(clear, wanted.Length);
        return _clock.AlignedUntil(Intervals.Earlier(last, wanted.From), _limits.StartStep) is { } at && at >= first ? new Interval(at, at + wanted.Length) : null;
    }

    /// <summary>Of its length, as little after the wanted start as can be.</summary>
    private Interval? ShiftedOn(Interval clear, Interval wanted)
    {
        var (first, last) = StartsWithin(clear, wanted.Length);
        return _clock.AlignedFrom(Intervals.Later(first, wanted.From), _limits.StartStep) is { } at && at <= last ? new Interval(at, at + wanted.Length) : null;
    }

    private (DateTimeOffset First, DateTimeOffset Last) StartsWithin(Interval clear, TimeSpan length) =>
        (Intervals.Later(clear.From, _limits.EarliestStart), Intervals.Earlier(clear.Until - length, _limits.LatestStart));

    // The first of equals stays: the earlier one.
    private static Interval? Nearer(Interval? best, Interval? one, Interval wanted) =>
        one is { } so && (best is not { } known || Distance(so, wanted) < Distance(known, wanted)) ? one : best;

    private bool IsStart(DateTimeOffset at) => _limits.PolicyStep is not { } step || _clock.IsAligned(at, step);
}
