using System.Text.Json.Serialization;
using Coworking.Hosting.OpenApi;
using Coworking.IotIngest.Spaces;

namespace Coworking.IotIngest.Windows;

/// <summary>A minute as it is answered; a metric that nobody sent is null.</summary>
internal sealed record TelemetryMinute(
    Guid Id,
    Guid SpaceId,
    DateTimeOffset WindowStart,
    DateTimeOffset WindowEnd,
    int SampleCount,
    double? TempCAvg,
    double? TempCMin,
    double? TempCMax,
    double? HumidityPctAvg,
    double? HumidityPctMin,
    double? HumidityPctMax,
    double? Co2PpmAvg,
    double? Co2PpmMin,
    double? Co2PpmMax,
    double? OccupancyAvg,
    double? OccupancyMin,
    double? OccupancyMax,
    double? PowerWAvg,
    double? PowerWMin,
    double? PowerWMax,
    double? BatteryPctAvg,
    double? BatteryPctMin,
    double? BatteryPctMax);

/// <summary>A bucket as it is answered; a metric that nobody sent is absent.</summary>
internal sealed record TelemetryBucketShown
{
    public DateTimeOffset At { get; init; }

    public int SampleCount { get; init; }

    /// <summary>Share of the expected samples that arrived.</summary>
    public double Coverage { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BucketMetric? TempC { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BucketMetric? HumidityPct { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BucketMetric? Co2Ppm { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BucketMetric? Occupancy { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BucketMetric? PowerW { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BucketMetric? BatteryPct { get; init; }

    internal sealed record BucketMetric(double Avg, double Min, double Max);
}

/// <summary>A series as it is answered: what is written member by member has no type that the document could read.</summary>
internal sealed record TelemetrySeriesShown(Dictionary<string, GetTelemetry.MetricStats> Stats, string Bucket, List<TelemetryBucketShown> Data);

/// <summary>What the document says of telemetry.</summary>
internal static class TelemetryDescribed
{
    internal static readonly Operation Get = new("Reads what a space's sensors have measured")
    {
        Description = "With minutes= the minute windows of the last while, a bare array, the oldest first, at most 1500. With range=, or with from=, to= and bucket=, a series of equal buckets with its statistics; days are "
            + "local days of the space. The two forms cannot be mixed.",
        Gives = """
            [{"id":"b6194839-7438-8587-a52e-eeef26e35a0e","spaceId":"b6194839-7438-4587-a52e-eeef27d00282","windowStart":"2026-01-31T09:00:00.000Z","windowEnd":"2026-01-31T09:01:00.000Z",
            "sampleCount":6,"tempCAvg":22.4,"tempCMin":22.3,"tempCMax":22.5,"humidityPctAvg":45.1,"humidityPctMin":45,"humidityPctMax":45.2,"co2PpmAvg":640,"co2PpmMin":630,"co2PpmMax":650,
            "occupancyAvg":4,"occupancyMin":4,"occupancyMax":4,"powerWAvg":120,"powerWMin":118,"powerWMax":122,"batteryPctAvg":null,"batteryPctMin":null,"batteryPctMax":null}]
            """,
        Refuses = [SpaceRefusals.NotFound],
        Query =
        [
            Field.Whole("minutes", 1, 1440, "How far back", usual: 60),
            Field.Word("range", ["24h", "7d", "30d"], "A series up to now, in buckets of 5, 30 and 120 minutes"),
            Field.Instant("from", "Where a series begins; rounded down to a whole bucket"),
            Field.Instant("to", "Where it ends; rounded up"),
            Field.Word("bucket", TelemetryBucket.All.Select(bucket => bucket.Name), "How long its buckets are"),
        ],
    };
}
