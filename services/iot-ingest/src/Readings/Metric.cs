using System.Runtime.CompilerServices;

namespace Coworking.IotIngest.Readings;

/// <summary>A number that devices send: its names, its unit on the way in, and its limits (iot.md 1).</summary>
/// <param name="Wire">Member of the MQTT payload and column of the tables.</param>
/// <param name="Name">Stem of the members in answers (tempC -> tempCAvg).</param>
/// <param name="Scale">Kept as whole multiples of 1/Scale.</param>
/// <param name="Min">Smallest accepted value, in the unit of the payload.</param>
/// <param name="Max">Largest accepted value.</param>
internal sealed record Metric(string Wire, string Name, int Scale, int Min, int Max)
{
    public const int Count = 6;
    public const int TempC = 0;
    public const int HumidityPct = 1;
    public const int Co2Ppm = 2;
    public const int Occupancy = 3;
    public const int PowerW = 4;
    public const int BatteryPct = 5;

    // Thousandths: finer than any of these sensors, and 1,000,000 W still fits four bytes.
    public static readonly Metric[] All =
    [
        new("temp_c", "tempC", 1000, -80, 125),
        new("humidity_pct", "humidityPct", 1000, 0, 100),
        new("co2_ppm", "co2Ppm", 1000, 0, 40_000),
        new("occupancy", "occupancy", 1, 0, 10_000),
        new("power_w", "powerW", 1000, 0, 1_000_000),
        new("battery_pct", "batteryPct", 1000, 0, 100),
    ];

    public double Value(long kept) => (double)kept / Scale;
}

[InlineArray(Metric.Count)]
internal struct MetricValues
{
    private int _first;
}
