using Coworking.Contracts;
using Coworking.Reservations.Availability;
using Coworking.Reservations.Bookings;
using Coworking.Reservations.Policies;

namespace Coworking.Reservations.Tests.Availability;

public sealed class FreeTimeProperties
{
    private const int Cases = 10_000;
    private const int NearestCases = 400;

    [Fact]
    public void What_is_offered_is_exactly_what_would_be_accepted()
    {
        var (offered, refused) = (0, 0);

        for (var seed = 0; seed < Cases; seed++)
        {
            var one = RandomCase.Of(seed);
            var starts = one.Free().Starts(one.Length, one.Step).ToHashSet();

            for (var at = RandomCase.WholeMinute(one.Window.From); at + one.Length <= one.Window.Until; at = at.AddMinutes(1))
            {
                if (TimeZoneInfo.ConvertTime(at, one.Space.Zone).TimeOfDay.Ticks % TimeSpan.FromMinutes(one.Step).Ticks != 0)
                {
                    continue;
                }

                var accepted = one.Accepts(new Interval(at, at + one.Length));
                Assert.True(starts.Remove(at) == accepted, $"seed {seed}: {at:O} is {(accepted ? "hidden" : "offered, but refused")}; {one}");
                _ = accepted ? offered++ : refused++;
            }

            Assert.True(starts.Count == 0, $"seed {seed}: {string.Join(", ", starts)} lie off the grid; {one}");
        }

        // Neither side is empty by accident.
        Assert.True(offered > 3 * Cases && refused > 3 * Cases, $"{offered} offered, {refused} refused");
    }

    [Fact]
    public void The_nearest_is_the_best_that_would_be_accepted()
    {
        var found = new Dictionary<string, int> { ["none"] = 0, ["whole"] = 0, ["shorter"] = 0, ["shifted"] = 0 };

        for (var seed = 0; seed < NearestCases; seed++)
        {
            var one = RandomCase.Of(seed);
            var random = new Random(seed);
            var from = RandomCase.WholeMinute(one.Window.From).AddMinutes(random.Next(0, (int)one.Window.Length.TotalMinutes - 95));
            var wanted = new Interval(from, from.AddMinutes(random.Next(5, 90)));
            var shortest = random.Next(2) == 0 ? wanted.Length : TimeSpan.FromMinutes(random.Next(1, (int)wanted.Length.TotalMinutes));
            var nearest = one.Free().Nearest(wanted, shortest);
            var best = Candidates(one, wanted, shortest).Where(one.Accepts).Select(candidate => FreeTime.Distance(candidate, wanted)).Order().Cast<TimeSpan?>().FirstOrDefault();
            Assert.True(nearest is null || one.Accepts(nearest.Value), $"seed {seed}: {nearest} would be refused; wanted {wanted}; {one}");
            Assert.True(
                best == (nearest is { } so ? FreeTime.Distance(so, wanted) : null), $"seed {seed}: {nearest} is not the nearest to {wanted}, which is {best} away; at least {shortest}; {one}");
            found[nearest is not { } it ? "none" : it == wanted ? "whole" : it.Length == wanted.Length ? "shifted" : "shorter"]++;
        }

        Assert.All(found, kind => Assert.True(kind.Value > NearestCases / 40, $"{kind.Key}: {kind.Value}"));
    }

    [Fact]
    public void Hours_that_open_or_close_while_the_clocks_jump_are_judged_alike_by_both()
    {
        foreach (var (zone, day) in RandomCase.Nights)
        {
            var middle = DateTimeOffset.Parse(day, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal);
            var window = new Interval(middle.AddHours(-18), middle.AddHours(12));

            for (var minutes = 0; minutes < 240; minutes += 10)
            {
                var (edge, noon) = (new TimeOnly(minutes / 60, minutes % 60).ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture), "12:00");

                foreach (var (open, close) in new[] { (noon, edge), (edge, noon), (edge, "23:50") })
                {
                    var hours = OpeningTimes.Of(new Contracts.OfficeHours(open, close, zone, [6, 7]));
                    var space = RandomCase.SpaceOf(TimeZoneInfo.FindSystemTimeZoneById(zone), Policy.Default with { OpenHoursEnforced = true }, hours, TimeSpan.Zero, TimeSpan.Zero);
                    var one = new RandomCase(space, [], window, TimeSpan.FromMinutes(80), 10, MayBePast: true, window.From);
                    var starts = one.Free().Starts(one.Length, one.Step).ToHashSet();

                    for (var at = window.From; at + one.Length <= window.Until; at = at.AddMinutes(5))
                    {
                        var isOnGrid = TimeZoneInfo.ConvertTime(at, space.Zone).Minute % one.Step == 0;
                        Assert.True(!isOnGrid || starts.Contains(at) == one.Accepts(new Interval(at, at + one.Length)), $"{zone} {at:O} {open} to {close}: offered {starts.Contains(at)}");
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData("Australia/Lord_Howe", "2026-04-04T12:00:00Z", "2026-04-05T00:00:00Z", 24)] // The half hour before 02:00 comes twice.
    [InlineData("Australia/Lord_Howe", "2026-10-03T12:00:00Z", "2026-10-04T00:00:00Z", 24)]
    [InlineData("America/Santiago", "2026-09-06T00:00:00Z", "2026-09-06T12:00:00Z", 24)] // Midnight does not exist.
    [InlineData("America/Santiago", "2026-04-04T20:00:00Z", "2026-04-05T08:00:00Z", 24)]
    public void Twelve_hours_have_as_many_slots_whatever_the_clocks_do(string zone, string from, string to, int slots)
    {
        var window = new Interval(DateTimeOffset.Parse(from, System.Globalization.CultureInfo.InvariantCulture), DateTimeOffset.Parse(to, System.Globalization.CultureInfo.InvariantCulture));
        var space = RandomCase.SpaceOf(TimeZoneInfo.FindSystemTimeZoneById(zone), Policy.Default, hours: null, TimeSpan.Zero, TimeSpan.Zero);
        var starts = new SpaceTime(window, mayBePast: true, window.From).Of(space, []).Starts(TimeSpan.FromMinutes(30), 30).ToList();
        Assert.Equal(slots, starts.Count);
        Assert.Equal(starts.Order(), starts);
        Assert.All(starts, start => Assert.Equal(0, TimeZoneInfo.ConvertTime(start, space.Zone).Minute % 30));
    }

    [Fact]
    public void A_week_of_overnight_hours_is_seven_nights()
    {
        var hours = OpeningTimes.Of(new Contracts.OfficeHours("22:00", "06:00", "Europe/Madrid", [1, 2, 3, 4, 5, 6, 7]));
        var space = RandomCase.SpaceOf(TimeZoneInfo.FindSystemTimeZoneById("Europe/Madrid"), Policy.Default with { OpenHoursEnforced = true }, hours, TimeSpan.Zero, TimeSpan.Zero);
        var window = new Interval(new DateTimeOffset(2026, 2, 2, 11, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 2, 9, 11, 0, 0, TimeSpan.Zero));
        var starts = new SpaceTime(window, mayBePast: false, window.From).Of(space, []).Starts(TimeSpan.FromHours(8), 60).ToList();
        Assert.Equal(Enumerable.Range(0, 7).Select(day => window.From.AddHours(10 + (24 * day))), starts);
    }

    /// <summary>Everything of the wanted length on the grid around, and everything shorter within, minute by minute.</summary>
    private static IEnumerable<Interval> Candidates(RandomCase one, Interval wanted, TimeSpan shortest)
    {
        for (var at = RandomCase.WholeMinute(one.Window.From); at + wanted.Length <= one.Window.Until; at = at.AddMinutes(1))
        {
            yield return new Interval(at, at + wanted.Length);
        }

        for (var at = wanted.From; at < wanted.Until; at = at.AddMinutes(1))
        {
            for (var until = at + shortest; until <= wanted.Until; until = until.AddMinutes(1))
            {
                yield return new Interval(at, until);
            }
        }
    }
}
