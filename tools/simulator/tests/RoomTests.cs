namespace Coworking.Simulator.Tests;

public sealed class RoomTests
{
    private static readonly TimeZoneInfo Mexico = TimeZoneInfo.FindSystemTimeZoneById("America/Mexico_City");

    /// <summary>A Monday, midnight in Mexico.</summary>
    private static readonly DateTimeOffset Monday = new(2026, 11, 23, 6, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(30)]
    [InlineData(null)]
    public void Calm_rooms_stay_within_every_limit_for_a_week_and_people_come_in_working_hours_only(int? capacity)
    {
        var week = Week(Scenario.Calm, capacity);

        Assert.All(week, sample =>
        {
            var local = TimeZoneInfo.ConvertTime(sample.At, Mexico);
            var working = local.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && local.Hour is >= 9 and < 17;
            Assert.True(sample.Reading.Occupancy == 0 || working, $"{sample.Reading.Occupancy} people at {local}");
            Assert.InRange(sample.Reading.Occupancy, 0, (capacity ?? 4) - 1);
            Assert.InRange(sample.Reading.Co2Ppm, 400, 999);
            Assert.InRange(sample.Reading.TempC, 20, 25);
            Assert.InRange(sample.Reading.HumidityPct, 40, 50);
            Assert.InRange(sample.Reading.PowerW, 0, 1000);
        });
        Assert.Contains(week, sample => sample.Reading.Occupancy > 0);
    }

    [Fact]
    public void A_cold_store_stays_cold_and_empty_for_a_week()
    {
        var store = new Room(Scenario.Calm, 2, Mexico, 1, isCold: true);

        for (var at = Monday; at < Monday.AddDays(7); at = at.AddMinutes(10))
        {
            var reading = store.Next(at);
            Assert.InRange(reading.TempC, 3, 7);
            Assert.InRange(reading.Co2Ppm, 400, 450);
            Assert.Equal(0, reading.Occupancy);
        }
    }

    [Fact]
    public void CO2_follows_the_people()
    {
        var week = Week(Scenario.Calm, 30);

        Assert.True(week.Where(sample => sample.Reading.Occupancy > 20).Average(sample => sample.Reading.Co2Ppm) > 600);
        Assert.True(week.Where(sample => sample.Reading.Occupancy == 0).Average(sample => sample.Reading.Co2Ppm) < 500);
    }

    [Fact]
    public void Stuffy_air_passes_1000_ppm_within_two_minutes_and_stays_above()
    {
        var room = new Room(Scenario.Stuffy, 8, Mexico, seed: 1);
        var air = Enumerable.Range(0, 720).Select(i => room.Next(Monday.AddSeconds(10 * i)).Co2Ppm).ToArray();
        var passed = Array.FindIndex(air, ppm => ppm > 1000);

        Assert.True(air[0] < 1000);
        Assert.InRange(passed, 1, 12);
        Assert.All(air[passed..], ppm => Assert.InRange(ppm, 1001, 1700));
    }

    [Fact]
    public void Crowded_rooms_hold_more_than_they_may_and_breathe_all_the_same() =>
        Assert.All(Week(Scenario.Crowded, 8), sample =>
        {
            Assert.True(sample.Reading.Occupancy > 8);
            Assert.InRange(sample.Reading.Co2Ppm, 400, 999);
        });

    [Fact]
    public void After_hours_there_is_always_somebody() =>
        Assert.All(Week(Scenario.AfterHours, 8), sample =>
        {
            var local = TimeZoneInfo.ConvertTime(sample.At, Mexico);
            Assert.True(sample.Reading.Occupancy > 0 || local.Hour is >= 9 and < 17);
        });

    [Fact]
    public void The_same_seed_gives_the_same_week() => Assert.Equal(Week(Scenario.Calm, 8), Week(Scenario.Calm, 8));

    private static List<(DateTimeOffset At, Reading Reading)> Week(Scenario scenario, int? capacity)
    {
        var room = new Room(scenario, capacity, Mexico, seed: 42);
        return [.. Enumerable.Range(0, 7 * 24 * 12).Select(i => Monday.AddMinutes(5 * i)).Select(at => (at, room.Next(at)))];
    }
}
