using System.Globalization;
using Coworking.Contracts;
using Coworking.Reservations.Availability;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Policies;

namespace Coworking.Reservations.Tests.Availability;

/// <summary>A space, its policy, hours and bookings, and a question, all from a seed; often about a day on which the clocks change.</summary>
internal sealed record RandomCase(BookableSpace Space, List<Interval> Taken, Interval Window, TimeSpan Length, int Step, bool MayBePast, DateTimeOffset Now)
{
    // Each with a night on which its clock jumps, forth or back.
    internal static readonly (string Zone, string Day)[] Nights =
    [
        ("Australia/Lord_Howe", "2026-04-05"), ("Australia/Lord_Howe", "2026-10-04"), ("America/Santiago", "2026-04-05"), ("America/Santiago", "2026-09-06"),
        ("Europe/Madrid", "2026-03-29"), ("Europe/Madrid", "2026-10-25"), ("Europe/Dublin", "2026-03-29"), ("Europe/Dublin", "2026-10-25"), ("America/New_York", "2026-03-08"),
        ("America/New_York", "2026-11-01"), ("America/Mexico_City", "2026-06-01"), ("Asia/Kathmandu", "2026-06-01"), ("Africa/Casablanca", "2026-03-22"), ("UTC", "2026-12-31"),
    ];

    internal static RandomCase Of(int seed)
    {
        var random = new Random(seed);
        var (name, day) = Nights[random.Next(Nights.Length)];
        var zone = TimeZoneInfo.FindSystemTimeZoneById(name);
        // Near the jump, or some time of the year.
        var night = DateTimeOffset.Parse(day, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        var middle = random.Next(3) == 0 ? night.AddMinutes(random.Next(0, 300 * 24 * 60)) : night.AddMinutes(random.Next(-720, 720));
        var from = middle.AddMinutes(-random.Next(0, 20 * 60)).AddSeconds(random.Next(4) == 0 ? random.Next(60) : 0);
        var window = new Interval(from, from.AddMinutes(random.Next(120, 24 * 60)));
        var now = random.Next(2) == 0 ? from.AddMinutes(random.Next(-600, 600)) : from.AddDays(-random.Next(1, 30));
        var space = SpaceOf(zone, PolicyOf(random, zone, window, now), HoursOf(random, name), Minutes(random, 0, 30), Minutes(random, 0, 30));
        var length = TimeSpan.FromMinutes(random.Next(3) == 0 ? random.Next(1, 400) : 15 * random.Next(1, 12));
        return new RandomCase(space, TakenOf(random, window), window, length, Pick(random, 10, 15, 20, 30, 45, 50, 60), random.Next(4) == 0, now);
    }

    internal static BookableSpace SpaceOf(TimeZoneInfo zone, Policy policy, OpeningTimes? hours, TimeSpan before, TimeSpan after) =>
        new(Guid.Empty, "Room", Guid.Empty, 8, Bookable: true, Active: true, before, after, zone, policy, hours);

    internal static DateTimeOffset WholeMinute(DateTimeOffset at) =>
        at.AddTicks((TimeSpan.TicksPerMinute - (at.Ticks % TimeSpan.TicksPerMinute)) % TimeSpan.TicksPerMinute);

    internal FreeTime Free() => new SpaceTime(Window, MayBePast, Now).Of(Space, Taken);

    /// <summary>What placing a booking says: the rules, and the constraint that keeps bookings apart.</summary>
    internal bool Accepts(Interval span)
    {
        _ = BookingDay.TryParse(BookingDay.Text(BookingDay.DateIn(Space.Zone, span.From)), out var day);
        var wish = new BookingWish(Space.Id, "a@example.com", day, span.From, span.Until, null, null, null, null, null);
        var slot = Slot.Of(wish, Space);
        return !SpanRules.Violations(wish, slot, Space.Policy, Space.Hours, MayBePast, Now).Any()
            && !Taken.Exists(one => one.From < slot.BlockedUntil && slot.BlockedFrom < one.Until);
    }

    public override string ToString() =>
        $"{Space.Zone.Id} {Window} now {Now:O} past {MayBePast} length {Length} step {Step} {Space.Policy} closed {string.Join(' ', Space.Policy.ClosedDays.Select(day => day.Date))} "
        + $"buffers {Space.BufferBefore} {Space.BufferAfter} taken {string.Join(' ', Taken)}";

    private static Policy PolicyOf(Random random, TimeZoneInfo zone, Interval window, DateTimeOffset now)
    {
        var days = (BookingDay.DateIn(zone, window.From).DayNumber - BookingDay.DateIn(zone, now).DayNumber) + random.Next(-1, 3);
        return Policy.Default with
        {
            MinMinutes = Maybe(random, 6, () => random.Next(1, 120)),
            MaxMinutes = Maybe(random, 5, () => random.Next(30, 400)),
            SlotStepMinutes = Maybe(random, 3, () => Pick(random, 5, 15, 30, 60, 50)),
            LeadMinutes = Maybe(random, 3, () => random.Next(0, 600)),
            HorizonDays = Maybe(random, 3, () => Math.Max(0, days)),
            OpenHoursEnforced = random.Next(2) == 0,
            ClosedDays = random.Next(3) == 0 ? [new ClosedDay(BookingDay.DateIn(zone, window.From.AddHours(random.Next(0, 30))), "Fair")] : [],
        };
    }

    private static OpeningTimes? HoursOf(Random random, string zone)
    {
        if (random.Next(8) == 0)
        {
            return null;
        }

        var (open, close) = (30 * random.Next(0, 48), random.Next(10) == 0 ? -1 : 10 * random.Next(0, 144));
        int[] days = [.. Enumerable.Range(1, 7).Where(_ => random.Next(5) > 0)];
        return OpeningTimes.Of(new Contracts.OfficeHours(
            Clock(open), Clock(close < 0 ? open : close), random.Next(5) == 0 ? Nights[random.Next(Nights.Length)].Zone : zone, days.Length == 0 ? [3] : days));
    }

    private static List<Interval> TakenOf(Random random, Interval window)
    {
        var taken = new List<Interval>();

        for (var at = window.From.AddMinutes(-random.Next(0, 300)); random.Next(12) > 0 && at < window.Until.AddHours(2);)
        {
            // Some end as others begin, one in eight between two minutes, as those do that were cut short.
            var until = at.AddMinutes(random.Next(10, 240)).AddSeconds(random.Next(8) == 0 ? random.Next(60) : 0);
            taken.Add(new Interval(at, until));
            at = until.AddMinutes(random.Next(4) == 0 ? 0 : random.Next(0, 500));
        }

        return taken;
    }

    private static TimeSpan Minutes(Random random, int least, int most) => random.Next(3) == 0 ? TimeSpan.FromMinutes(random.Next(least, most)) : TimeSpan.Zero;

    private static int? Maybe(Random random, int oneIn, Func<int> value) => random.Next(oneIn) == 0 ? value() : null;

    private static int Pick(Random random, params int[] values) => values[random.Next(values.Length)];

    private static string Clock(int minutes) => string.Create(CultureInfo.InvariantCulture, $"{minutes / 60:00}:{minutes % 60:00}");
}
