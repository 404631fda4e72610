using Coworking.Reservations.Bookings;

namespace Coworking.Reservations.Waitlist;

/// <summary>Where in a freed slot and the time around it a waiter's span fits. Pure.</summary>
internal static class FittingStarts
{
    // Where a space has no step of its own: people meet at quarters of an hour.
    private const int UsualStep = 15;

    // Quarters of an hour in twice fourteen days, the most that a slot and a span that reaches into it are long: where a space counts by the minute there
    // would be fifteen times as many, each tried with the space locked, and nobody could tell the difference.
    private const int MostSteps = 2 * SpanRules.MaxDays * 24 * 60 / UsualStep;

    // A hold ends with its start at the latest: what begins sooner would be over before anybody has read of it.
    private static readonly TimeSpan LeastHold = TimeSpan.FromMinutes(2);

    /// <summary>Starts at which the span lies within what is waited for, hits nobody, and takes some of what was freed; the best first.</summary>
    /// <param name="entry">Who waits.</param>
    /// <param name="freed">What was freed, with its buffers.</param>
    /// <param name="space">The space, its buffers and its step.</param>
    /// <param name="busy">What is blocked around the freed slot, and what this waiter does not want again.</param>
    /// <param name="now">Nothing is offered that has begun, or is about to; a slot that is freed while it runs begins at a second that nobody would book from.</param>
    internal static IEnumerable<DateTimeOffset> Of(WaitlistEntry entry, FreedSlot freed, BookableSpace space, IReadOnlyCollection<Busy> busy, DateTimeOffset now)
    {
        var length = TimeSpan.FromMinutes(entry.Minutes);
        var first = Max(Max(entry.FromTime, freed.From - length - space.BufferAfter), now + LeastHold);
        var last = Min(entry.ToTime - length, freed.Until + space.BufferBefore);
        return busy.Select(other => other.Until + space.BufferBefore)
            .Append(entry.FromTime)
            .Append(freed.From + space.BufferBefore)
            .Concat(Steps(first, last, space))
            .Where(start => start >= first && start <= last)
            .Distinct()
            .Where(start => Busy.By(start, length, space) is var block && block.Meets(freed.From, freed.Until) && !busy.Any(other => block.Meets(other.From, other.Until)))
            // What begins in the freed slot uses it up; what begins before it only cuts it short.
            .OrderBy(start => start - space.BufferBefore < freed.From)
            .ThenBy(start => start);
    }

    // From midnight on the wall, as people and policies count.
    private static IEnumerable<DateTimeOffset> Steps(DateTimeOffset first, DateTimeOffset last, BookableSpace space)
    {
        var step = TimeSpan.FromMinutes(space.Policy.SlotStepMinutes ?? UsualStep);
        // Coarser by a whole factor, so that what is left are steps still.
        step *= Math.Max(1, Math.Ceiling((last - first) / step / MostSteps));

        for (var start = first; start <= last;)
        {
            var passed = TimeZoneInfo.ConvertTime(start, space.Zone).TimeOfDay;
            var late = TimeSpan.FromTicks(passed.Ticks % step.Ticks);

            if (late == TimeSpan.Zero)
            {
                yield return start;
            }

            // The last step of a day may be a short one.
            start += Min(step - late, TimeSpan.FromDays(1) - passed);
        }
    }

    private static DateTimeOffset Max(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static T Min<T>(T one, T other)
        where T : IComparable<T> => one.CompareTo(other) <= 0 ? one : other;
}
