using Coworking.Reservations.Bookings;
using Coworking.Reservations.Policies;

namespace Coworking.Reservations.Availability;

/// <summary>What policy, hours and the space allow, as instants and lengths.</summary>
internal sealed record Limits
{
    internal required DateTimeOffset EarliestStart { get; init; }

    internal required DateTimeOffset LatestStart { get; init; }

    internal required TimeSpan Shortest { get; init; }

    internal required TimeSpan Longest { get; init; }

    /// <summary>Minutes of which starts (since midnight) and lengths must be multiples; null where any will do.</summary>
    internal required int? PolicyStep { get; init; }

    /// <summary>Buffers of the space.</summary>
    internal required TimeSpan Before { get; init; }

    internal required TimeSpan After { get; init; }

    /// <summary>When it is open; null where hours are not enforced.</summary>
    internal required List<Interval>? Open { get; init; }

    internal required IReadOnlySet<DateOnly> ClosedDays { get; init; }

    /// <summary>The grid of what is offered beside what was asked for: the policy's, or whole minutes.</summary>
    internal int StartStep => PolicyStep ?? 1;

    /// <summary>The limits of a space at present, from its policy: the same rules as SpanRules, turned around so that times come out of them.</summary>
    /// <param name="space">With its policy and hours.</param>
    /// <param name="mayBePast">True where neither the past nor a short lead is an objection.</param>
    /// <param name="now">The present.</param>
    /// <param name="clock">The location's.</param>
    /// <param name="hours">The clock of the office hours' zone; null where there are none.</param>
    internal static Limits Of(BookableSpace space, bool mayBePast, DateTimeOffset now, WallClock clock, WallClock? hours)
    {
        var policy = space.Policy;
        return new Limits
        {
            EarliestStart = mayBePast ? DateTimeOffset.MinValue : now.AddMinutes(Math.Max(0, policy.LeadMinutes ?? 0)),
            LatestStart = policy.HorizonDays is { } days ? clock.EndOf(BookingDay.DateIn(space.Zone, now).AddDays(days)) : DateTimeOffset.MaxValue,
            Shortest = TimeSpan.FromMinutes(policy.MinMinutes ?? 0),
            Longest = TimeSpan.FromMinutes(Math.Min(policy.MaxMinutes ?? int.MaxValue, SpanRules.MaxDays * 24 * 60)),
            PolicyStep = policy.SlotStepMinutes,
            Before = space.BufferBefore,
            After = space.BufferAfter,
            Open = policy.OpenHoursEnforced && space.Hours is { } open ? hours!.Repeat(open.OpenOn) : null,
            ClosedDays = policy.ClosedDays.Select(day => day.Date).ToHashSet(),
        };
    }

    internal bool AllowsLength(TimeSpan length) =>
        length > TimeSpan.Zero && length >= Shortest && length <= Longest && (PolicyStep is not { } step || length.Ticks % TimeSpan.FromMinutes(step).Ticks == 0);

    /// <summary>The longest allowed length that is not longer than this one; zero where there is none.</summary>
    internal TimeSpan LongestWithin(TimeSpan length)
    {
        var longest = length < Longest ? length : Longest;
        longest = PolicyStep is { } step ? longest - TimeSpan.FromTicks(longest.Ticks % TimeSpan.FromMinutes(step).Ticks) : longest;
        return AllowsLength(longest) ? longest : TimeSpan.Zero;
    }
}
