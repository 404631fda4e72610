namespace Coworking.Reservations.Availability;

/// <summary>A half-open stretch of time: what ends where another begins does not touch it.</summary>
internal readonly record struct Interval(DateTimeOffset From, DateTimeOffset Until)
{
    internal TimeSpan Length => Until - From;

    internal bool Holds(DateTimeOffset from, DateTimeOffset until) => From <= from && until <= Until;
}

/// <summary>Lists of intervals that are in order and do not overlap.</summary>
internal static class Intervals
{
    /// <summary>What two lists have in common.</summary>
    internal static List<Interval> And(this List<Interval> one, List<Interval> other)
    {
        var both = new List<Interval>();

        for (var (i, j) = (0, 0); i < one.Count && j < other.Count;)
        {
            var from = Later(one[i].From, other[j].From);
            var until = Earlier(one[i].Until, other[j].Until);

            if (from < until)
            {
                both.Add(new Interval(from, until));
            }

            _ = one[i].Until < other[j].Until ? i++ : j++;
        }

        return both;
    }

    /// <summary>What is left of a list. What is cut away may overlap itself; it is in the order of its beginnings.</summary>
    internal static List<Interval> Less(this List<Interval> whole, IEnumerable<Interval> cut)
    {
        using var cuts = cut.GetEnumerator();
        var any = cuts.MoveNext();
        var left = new List<Interval>();
        var cutUntil = DateTimeOffset.MinValue;

        foreach (var piece in whole)
        {
            var from = Later(piece.From, cutUntil);

            while (any && cuts.Current.From < piece.Until)
            {
                if (cuts.Current.From > from)
                {
                    left.Add(new Interval(from, cuts.Current.From));
                }

                cutUntil = Later(cutUntil, cuts.Current.Until);
                from = Later(from, cutUntil);
                any = cuts.MoveNext();
            }

            if (from < piece.Until)
            {
                left.Add(new Interval(from, piece.Until));
            }
        }

        return left;
    }

    internal static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    internal static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
