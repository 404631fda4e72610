namespace Coworking.IotIngest.Alerts;

/// <summary>A rule: what it is called, how grave it is, how long a breach must hold to open and its absence to resolve.</summary>
internal sealed record AlertKind(string Name, string Severity, TimeSpan OpenAfter, TimeSpan ResolveAfter)
{
    public static readonly AlertKind Co2 = new("CO2", "warning", TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(2));
    public static readonly AlertKind OccupancyMax = new("OCCUPANCY_MAX", "warning", TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(1));
    public static readonly AlertKind OccupancyUnexpected = new("OCCUPANCY_UNEXPECTED", "warning", TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(5));

    public static readonly AlertKind[] All = [Co2, OccupancyMax, OccupancyUnexpected];

    public static AlertKind Of(string name) => Array.Find(All, kind => kind.Name == name) ?? throw new ArgumentOutOfRangeException(nameof(name), name, "no such alert kind");
}
