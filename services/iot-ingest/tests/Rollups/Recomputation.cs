using Coworking.IotIngest.Database;
using Coworking.IotIngest.Readings;
using Coworking.IotIngest.Spaces;
using Coworking.IotIngest.Tests.Running;

namespace Coworking.IotIngest.Tests.Rollups;

/// <summary>Buckets computed from the readings themselves, to hold those that are kept against.</summary>
internal static class Recomputation
{
    internal static string Day(DateTimeOffset at, TimeZoneInfo zone) => $"{TimeZoneInfo.ConvertTime(at, zone):yyyy-MM-dd}";

    /// <summary>By bucket: samples, and sum, count, min and max of three metrics.</summary>
    internal static List<string> Of(IEnumerable<Reading> readings, Func<DateTimeOffset, string> bucket) =>
        [.. readings.GroupBy(reading => bucket(Micros.ToInstant(reading.At))).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group =>
            $"{group.Key}|{group.Count()}|" + string.Join("|", new[] { Metric.TempC, Metric.Co2Ppm, Metric.Occupancy }.Select(metric =>
            {
                var values = group.Where(reading => reading.Has(metric)).Select(reading => reading.Values[metric]).ToList();
                return values.Count == 0 ? ",0,," : $"{values.Sum(value => (long)value)},{values.Count},{values.Min()},{values.Max()}";
            })))];

    internal static Task<List<string>> RowsAsync(TestPlatform platform, string table, string bucket, Space space) => platform.ListAsync(
        $"""
        select {bucket} || '|' || sample_count || '|' || {string.Join(" || '|' || ", new[] { Metric.TempC, Metric.Co2Ppm, Metric.Occupancy }.Select(metric => Metric.All[metric].Wire)
            .Select(n => $"coalesce({n}_sum::text, '') || ',' || {n}_count || ',' || coalesce({n}_min::text, '') || ',' || coalesce({n}_max::text, '')"))}
        from {table} where space_key = $1 order by 1
        """,
        reader => reader.GetString(0), space.Key);
}
