using Coworking.Reservations.Bookings;
using Coworking.Reservations.Policies;
using Coworking.Reservations.Waitlist;
using FsCheck;
using FsCheck.Fluent;

namespace Coworking.Reservations.Tests.Waitlist;

public sealed class FittingStartsTests
{
    private static readonly DateTimeOffset Day = new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    // What was freed from 9 to 10, and who waits from when to when for how long: the first start.
    [InlineData("09:00", "10:00", "08:00", "12:00", 60, "", "09:00")]
    [InlineData("09:00", "10:00", "09:30", "12:00", 60, "", "09:30")]
    [InlineData("09:00", "10:00", "08:00", "09:45", 60, "", "08:15")]
    [InlineData("09:00", "10:00", "10:00", "12:00", 60, "", null)]
    [InlineData("09:00", "10:00", "08:00", "09:00", 60, "", null)]
    // Around it others are: an hour fits into 8:30 to 10, not into 9 to 9:45.
    [InlineData("09:00", "10:00", "08:00", "12:00", 90, "08:00-08:30 10:00-12:00", "08:30")]
    [InlineData("09:00", "10:00", "08:00", "12:00", 91, "08:00-08:30 10:00-12:00", null)]
    [InlineData("09:00", "10:00", "08:00", "12:00", 60, "08:00-09:00 09:45-12:00", null)]
    [InlineData("09:00", "10:00", "08:00", "12:00", 45, "08:00-09:00 09:45-12:00", "09:00")]
    // Off the quarter of an hour right behind another.
    [InlineData("09:00", "10:00", "08:00", "12:00", 50, "08:00-09:10 10:00-12:00", "09:10")]
    public void The_best_start_is_found(string from, string until, string waitsFrom, string waitsUntil, int minutes, string busy, string? expected)
    {
        var taken = busy.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(span => new Busy(At(span[..5]), At(span[6..]))).ToList();
        var starts = FittingStarts.Of(Entry(At(waitsFrom), At(waitsUntil), minutes), Freed(At(from), At(until)), Space(0, 0, null), taken, Day).ToList();
        Assert.Equal(expected, starts.Count == 0 ? null : $"{starts[0]:HH:mm}");
    }

    [Fact]
    public void What_runs_already_begins_at_the_next_quarter_of_an_hour()
    {
        Assert.Equal(At("09:15"), First(At("09:03").AddMilliseconds(123)));
        Assert.Equal(At("09:15"), First(At("09:13")));
        // Too soon for anybody to answer.
        Assert.Equal(At("09:30"), First(At("09:13").AddMilliseconds(1)));

        static DateTimeOffset First(DateTimeOffset now) => FittingStarts.Of(Entry(Day, Day.AddDays(1), 30), Freed(now, At("10:00")), Space(0, 0, null), [], now).First();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Of_a_long_slot_counted_by_the_minute_not_every_minute_is_tried(int step)
    {
        var (from, until) = (Day.AddDays(20), Day.AddDays(34));
        var starts = FittingStarts.Of(Entry(Day, Day.AddDays(62), 14 * 24 * 60), Freed(from, until), Space(0, 0, step), [], Day).ToList();
        Assert.InRange(starts.Count, 1_000, 2_700);
        Assert.Equal(from, starts[0]);
        // Still steps: what else is tried is where something begins or ends.
        Assert.InRange(starts.Count(start => start.TimeOfDay.TotalMinutes % step != 0), 0, 3);
        Assert.InRange(starts.Max() - starts.Min(), TimeSpan.FromDays(27.9), TimeSpan.FromDays(28));
    }

    [Fact]
    public void Whatever_is_offered_lies_where_it_may_and_whenever_something_fits_something_is_offered()
    {
        var cases =
            from freedFrom in Gen.Choose(0, 40)
            from freed in Gen.Choose(1, 20)
            from waits in Gen.Choose(0, 40)
            from span in Gen.Choose(1, 30)
            from length in Gen.Choose(1, 12)
            from before in Gen.Choose(0, 2)
            from after in Gen.Choose(0, 2)
            from others in Gen.Choose(0, 60).ListOf(6)
            select (Freed: Freed(Quarter(freedFrom), Quarter(freedFrom + freed)), Entry: Entry(Quarter(waits), Quarter(waits + Math.Max(span, length)), length * 15), Space: Space(before * 15, after * 15, null), Busy: Others(others, freedFrom, freedFrom + freed));

        // Seeded: a failure comes again.
        foreach (var (freed, entry, space, busy) in cases.Sample(30, new Rnd(20_261_121), 1_000))
        {
            var offered = FittingStarts.Of(entry, freed, space, busy, Day).ToHashSet();
            var right = Enumerable.Range(-60, 200).Select(Quarter).Where(start => start >= Day && Fits(start, entry, freed, space, busy)).ToHashSet();
            Assert.Equal(right.Order(), offered.Order());
        }
    }

    private static bool Fits(DateTimeOffset start, WaitlistEntry entry, FreedSlot freed, BookableSpace space, IReadOnlyList<Busy> busy)
    {
        var (end, from) = (start.AddMinutes(entry.Minutes), start - space.BufferBefore);
        var until = end + space.BufferAfter;
        return start >= entry.FromTime && end <= entry.ToTime && from < freed.Until && until > freed.From && busy.All(other => until <= other.From || from >= other.Until);
    }

    // Others never lie in what was freed.
    private static List<Busy> Others(IEnumerable<int> starts, int from, int until) =>
        [.. starts.Where(start => start + 2 <= from || start >= until).Select(start => new Busy(Quarter(start), Quarter(start + 2)))];

    private static DateTimeOffset Quarter(int number) => Day.AddHours(6).AddMinutes(15 * number);

    private static DateTimeOffset At(string time) => Day + TimeSpan.Parse(time, System.Globalization.CultureInfo.InvariantCulture);

    private static FreedSlot Freed(DateTimeOffset from, DateTimeOffset until) => new(Guid.Empty, from, until, Guid.Empty);

    private static WaitlistEntry Entry(DateTimeOffset from, DateTimeOffset to, int minutes) =>
        WaitlistEntry.Make(new WaitlistWish(Guid.Empty, null, "a@example.com", null, from, to, minutes, null, 0), Day);

    private static BookableSpace Space(int before, int after, int? step) => new(
        Guid.Empty,
        "Room",
        Guid.Empty,
        8,
        Bookable: true,
        Active: true,
        TimeSpan.FromMinutes(before),
        TimeSpan.FromMinutes(after),
        TimeZoneInfo.Utc,
        Policy.Default with { SlotStepMinutes = step },
        Hours: null);
}
