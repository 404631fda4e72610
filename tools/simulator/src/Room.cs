namespace Coworking.Simulator;

/// <summary>What happens in the rooms.</summary>
internal enum Scenario
{
    /// <summary>Nothing to alert about.</summary>
    Calm,

    /// <summary>CO2 climbs above 1,000 ppm and stays.</summary>
    Stuffy,

    /// <summary>More people than the space holds.</summary>
    Crowded,

    /// <summary>People outside working hours.</summary>
    AfterHours,

    /// <summary>Calm rooms, bad lines: duplicates, reordering, gaps, disconnects.</summary>
    Flaky,
}

/// <summary>One sample: °C, % relative humidity, ppm, people, W.</summary>
internal readonly record struct Reading(double TempC, double HumidityPct, int Co2Ppm, int Occupancy, int PowerW);

/// <summary>A room whose air follows its people, and whose people follow the clock. The same seed and times give the same readings.</summary>
internal sealed class Room(Scenario scenario, int? capacity, TimeZoneInfo zone, int seed, bool isCold = false)
{
    private const double FreshAir = 420;

    /// <summary>How far a full room rises above fresh air: below any alert at 1,000 ppm, noise included.</summary>
    private const double FullRoom = 450;

    /// <summary>The smallest and the largest space of the demo data: right for a space whose capacity is not given.</summary>
    private const int SmallestSpace = 4;
    private const int LargestSpace = 30;

    private static readonly TimeSpan Visit = TimeSpan.FromMinutes(7);
    private static readonly TimeSpan AirChange = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan StuffyRise = TimeSpan.FromMinutes(2);

    private readonly Random _noise = new(seed);
    private DateTimeOffset? _last;
    private double _co2;
    private (long Slot, double Fullness) _halfHour = (-1, 0);

    public Reading Next(DateTimeOffset at)
    {
        if (isCold)
        {
            return new Reading(Math.Round(5 + Noise(1), 1), Math.Round(75 + Noise(4), 1), (int)Math.Round(FreshAir + Noise(10)), Occupancy: 0, 150 + (int)Noise(20));
        }

        var people = People(at);
        var air = Air(at, people);
        return new Reading(
            Math.Round(22 + (people > 0 ? 1.5 : 0) + Noise(0.4), 1),
            Math.Round(45 + Noise(4), 1),
            (int)Math.Round(air),
            people,
            40 + (people > 0 ? 60 : 0) + (8 * people) + (int)Noise(5));
    }

    private int People(DateTimeOffset at)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        var working = local.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && local.Hour is >= 9 and < 17;

        return scenario switch
        {
            Scenario.Crowded => (capacity ?? LargestSpace) + Math.Max(2, (capacity ?? LargestSpace) / 4),
            Scenario.AfterHours when !working => 2,
            _ when working => Expected(local),
            _ => 0,
        };
    }

    // A new number of people each half hour, fuller towards noon, never the last seat; gone before ten minutes, after which a room that
    // nobody booked would rightly raise an alert.
    private int Expected(DateTimeOffset local)
    {
        var hour = local.TimeOfDay.TotalHours;
        var slot = local.Ticks / TimeSpan.FromMinutes(30).Ticks;

        if (local.Ticks % TimeSpan.FromMinutes(30).Ticks > Visit.Ticks)
        {
            return 0;
        }

        if (_halfHour.Slot != slot)
        {
            _halfHour = (slot, 0.5 + (new Random(unchecked((seed * 397) ^ (int)slot)).NextDouble() / 2));
        }

        return (int)Math.Round(Math.Sin(Math.PI * (hour - 9) / 8) * _halfHour.Fullness * ((capacity ?? SmallestSpace) - 1));
    }

    private double Air(DateTimeOffset at, int people)
    {
        var stuffy = scenario == Scenario.Stuffy;
        var full = Math.Min(1, people / (double)(capacity ?? SmallestSpace));
        var target = stuffy ? 1600 : FreshAir + (FullRoom * full);

        if (_last is { } last)
        {
            var share = 1 - Math.Exp(-Math.Max(0, (at - last) / (stuffy ? StuffyRise : AirChange)));
            _co2 += (target - _co2) * share;
        }
        else
        {
            _co2 = stuffy ? 800 : target;
        }

        _last = at;

        // Without noise where it matters that a threshold once passed stays passed.
        return stuffy ? _co2 : _co2 + Noise(10);
    }

    private double Noise(double amplitude) => ((_noise.NextDouble() * 2) - 1) * amplitude;
}
