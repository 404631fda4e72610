using System.Globalization;
using Coworking.IotIngest.Alerts;
using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests.Alerts;

/// <summary>Random days of samples, and rules by which to judge them.</summary>
internal static class AlertDays
{
    internal static DateTimeOffset Start { get; } = Room.FullMinute(TimeProvider.System.GetUtcNow().AddHours(-8));

    /// <summary>Other times for some kinds, as a row of alert_rules of the space $1 each.</summary>
    internal static string Rules(Random random)
    {
        string Maybe(int max) => random.Next(2) == 0 ? "null" : random.Next(max).ToString(CultureInfo.InvariantCulture);
        return "insert into alert_rules (space_id, kind, open_after_sec, resolve_after_sec) values "
            + string.Join(", ", AlertKind.OfSamples.Where(_ => random.Next(2) == 0).Append(AlertKind.Co2).Distinct().Select(kind => $"($1, '{kind.Name}', {Maybe(400)}, {Maybe(200)})"));
    }

    /// <summary>Hours of samples in order of time, in runs, with metrics that are missing, gaps and silences.</summary>
    internal static Func<Space, Reading>[] Day(Random random)
    {
        var samples = new List<Func<Space, Reading>>();
        var at = Start;

        for (var run = 0; run < 20; run++)
        {
            var step = random.Next(1, 9) == 1 ? 130 : random.Next(5, 60);
            var (co2, people, temp, battery) = (Any(900_000, 1_000_000, 1_000_001), Any(0, 3, 8, 9), Any(1_999, 2_000, 5_000, 8_000, 8_001), Any(19_999, 20_000, 24_999, 25_000));
            var (power, door) = (Any(0, 1), Any(0, 1));

            for (var i = random.Next(5, 40); i > 0; i--)
            {
                at = at.AddSeconds(step);
                var when = at;
                samples.Add(space => Sample(space, when, co2, people, temp, battery, power is null ? null : power == 1, door is null ? null : door == 1));
            }
        }

        return [.. samples];

        int? Any(params int[] values) => random.Next(values.Length + 1) is var i && i < values.Length ? values[i] : null;
    }

    internal static Reading Sample(
        Space space, DateTimeOffset at, int? co2 = null, int? people = null, int? temp = null, int? battery = null, bool? powerOk = null, bool? doorOpen = null)
    {
        var reading = new Reading { SpaceKey = space.Key, At = Micros.Of(at), PowerOk = powerOk, DoorOpen = doorOpen };

        foreach (var (metric, value) in ((int, int?)[])[(Metric.Co2Ppm, co2), (Metric.Occupancy, people), (Metric.TempC, temp), (Metric.BatteryPct, battery)])
        {
            if (value is { } number)
            {
                reading.Set(metric, number);
            }
        }

        reading.Seal();
        return reading;
    }
}
