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

    /// <summary>Minutes on which starts must fall; null where any will do.</summary>
    internal required int? PolicyStep { get; init; }

    /// <summary>Buffers of the space.</summary>
    internal required TimeSpan Before { get; init; }

    internal required TimeSpan After { get; init; }

    /// <summary>When it is open; null where hours are not enforced.</summary>
    internal required List<Interval>? Open { get; init; }

    internal required IReadOnlySet<DateOnly> ClosedDays { get; init; }

    /// <summary>The grid of what is offered beside what was asked for: the policy's, or whole minutes.</summary>
    internal int StartStep => PolicyStep ?? 1;

    internal bool AllowsLength(TimeSpan length) => length > TimeSpan.Zero && length >= Shortest && length <= Longest;

    /// <summary>The longest allowed length that is not longer than this one; zero where there is none.</summary>
    internal TimeSpan LongestWithin(TimeSpan length)
    {
        var longest = length < Longest ? length : Longest;
        return AllowsLength(longest) ? longest : TimeSpan.Zero;
    }
}
