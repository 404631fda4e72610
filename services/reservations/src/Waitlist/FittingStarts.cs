using Coworking.Reservations.Bookings;

namespace Coworking.Reservations.Waitlist;

/// <summary>Where in a freed slot and the time around it a waiter's span fits. Pure.</summary>
internal static class FittingStarts
{
    // Where a space has no step of its own: people meet at quarters of an hour.
    private const int UsualStep = 15;

    /// <summary>Starts at which the span lies within what is waited for, hits nobody, and takes some of what was freed; ascending.</summary>
    /// <param name="entry">Who waits.</param>
    /// <param name="freed">What was freed, with its buffers.</param>
    /// <param name="space">The space and its buffers.</param>
    /// <param name="busy">What is blocked around the freed slot, and what this waiter does not want again.</param>
    /// <param name="step">Minutes at which bookings of the space begin; null: any.</param>
    /// <param name="now">Nothing is offered that has begun.</param>
    internal static IEnumerable<DateTimeOffset> Of(WaitlistEntry entry, FreedSlot freed, BookableSpace space, IReadOnlyCollection<Blocked> busy, int? step, DateTimeOffset now)
    {
        var length = TimeSpan.FromMinutes(entry.Minutes);
        var first = Latest(entry.FromTime, freed.From - length - space.BufferAfter, now);
        var last = Earliest(entry.ToTime - length, freed.Until + space.BufferBefore);
        return busy.Select(other => other.Until + space.BufferBefore)
            .Append(entry.FromTime)
            .Append(freed.From + space.BufferBefore)
            .Concat(Steps(first, last, step ?? UsualStep, space.Zone))
            .Where(start => start >= first && start <= last)
            .Distinct()
            .Order()
            .Where(start => Blocked.Of(start, length, space) is var block && block.Meets(freed.From, freed.Until) && !busy.Any(other => block.Meets(other.From, other.Until)));
    }

    // From midnight on the wall, as people and policies count.
    private static IEnumerable<DateTimeOffset> Steps(DateTimeOffset first, DateTimeOffset last, int minutes, TimeZoneInfo zone)
    {
        var step = TimeSpan.FromMinutes(minutes);
        var wall = TimeZoneInfo.ConvertTime(first, zone).TimeOfDay;
        var lead = TimeSpan.FromTicks(wall.Ticks % step.Ticks);

        for (var start = lead == TimeSpan.Zero ? first : first + (step - lead); start <= last; start += step)
        {
            yield return start;
        }
    }

    private static DateTimeOffset Latest(params ReadOnlySpan<DateTimeOffset> times)
    {
        var latest = times[0];

        foreach (var time in times)
        {
            latest = time > latest ? time : latest;
        }

        return latest;
    }

    private static DateTimeOffset Earliest(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}

/// <summary>A span of a space's time that is taken, with buffers.</summary>
internal sealed record Blocked(DateTimeOffset From, DateTimeOffset Until)
{
    internal static Blocked Of(DateTimeOffset start, TimeSpan length, BookableSpace space) => new(start - space.BufferBefore, start + length + space.BufferAfter);

    internal bool Meets(DateTimeOffset from, DateTimeOffset until) => From < until && from < Until;
}
