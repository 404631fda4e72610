using Coworking.IotIngest.Readings;

namespace Coworking.IotIngest.Alerts;

/// <summary>What can be noticed, and its rule where nobody changed it: how grave it is, how long a breach must hold to open and its absence to resolve.</summary>
internal sealed class AlertKind
{
    private static int _count;

    public static readonly AlertKind Co2 = new("CO2", AlertSeverity.Warning, 300, 120) { Metric = Readings.Metric.Co2Ppm, Threshold = new(100, 5000) };
    public static readonly AlertKind OccupancyMax = new("OCCUPANCY_MAX", AlertSeverity.Warning, 120, 60);
    public static readonly AlertKind OccupancyUnexpected = new("OCCUPANCY_UNEXPECTED", AlertSeverity.Warning, 600, 300);

    // Limits of temperature exist only where somebody set them: what is kept cold, or must not get hot, is worth getting up for. So is power.
    public static readonly AlertKind HighTemp = new("HIGH_TEMP", AlertSeverity.Critical, 0, 0) { Metric = Readings.Metric.TempC, Threshold = new(-80, 125) };
    public static readonly AlertKind LowTemp = new("LOW_TEMP", AlertSeverity.Critical, 0, 0) { Metric = Readings.Metric.TempC, Threshold = new(-80, 125) };
    public static readonly AlertKind PowerLoss = new("POWER_LOSS", AlertSeverity.Critical, 0, 0);
    public static readonly AlertKind DoorOpen = new("DOOR_OPEN", AlertSeverity.Warning, 300, 0);

    // At most 95, so that a full battery is at the threshold plus what it takes to resolve.
    public static readonly AlertKind LowBattery = new("LOW_BATTERY", AlertSeverity.Warning, 0, 0) { Metric = Readings.Metric.BatteryPct, Threshold = new(1, 95) };

    // openAfter is the silence itself; less than a minute would call every late sample an error.
    public static readonly AlertKind SensorError = new("SENSOR_ERROR", AlertSeverity.Warning, 900, null) { MinOpenAfterSec = 60 };
    public static readonly AlertKind TwinDivergence = new("TWIN_DIVERGENCE", AlertSeverity.Warning, null, null);

    /// <summary>Kinds that a sample speaks of. The two others are opened by <see cref="AlertBook"/>.</summary>
    public static readonly AlertKind[] OfSamples = [Co2, OccupancyMax, OccupancyUnexpected, HighTemp, LowTemp, PowerLoss, DoorOpen, LowBattery];

    public static readonly AlertKind[] All = [.. OfSamples, SensorError, TwinDivergence];

    public static readonly string[] Names = Array.ConvertAll(All, kind => kind.Name);

    private AlertKind(string name, string severity, int? openAfterSec, int? resolveAfterSec) =>
        (Index, Name, Severity, OpenAfterSec, ResolveAfterSec) = (_count++, name, severity, openAfterSec, resolveAfterSec);

    public string Name { get; }

    /// <summary>Place in <see cref="All"/>, which lists the kinds in the order of their declaration.</summary>
    public int Index { get; }

    public string Severity { get; }

    /// <summary>Null where a rule of this kind has no such member.</summary>
    public int? OpenAfterSec { get; }

    /// <summary>Null where a rule of this kind has no such member.</summary>
    public int? ResolveAfterSec { get; }

    public int MinOpenAfterSec { get; private init; }

    /// <summary>The metric that a threshold is held against; null where a rule of this kind has none.</summary>
    public int? Metric { get; private init; }

    /// <summary>What a threshold may be, in the unit of the metric; null where a rule of this kind has none.</summary>
    public (double Min, double Max)? Threshold { get; private init; }

    public static AlertKind? Find(string name) => Array.Find(All, kind => kind.Name == name);

    public static AlertKind Of(string name) => Find(name) ?? throw new ArgumentOutOfRangeException(nameof(name), name, "no such alert kind");

    public override string ToString() => Name;
}

/// <summary>How grave an alert is.</summary>
internal static class AlertSeverity
{
    public const string Warning = "warning";
    public const string Critical = "critical";

    public static readonly string[] All = [Warning, Critical];
}
