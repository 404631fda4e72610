using System.Globalization;

namespace Coworking.IotIngest.Database;

/// <summary>
/// The partition that takes all of a batch, by name (ensure_partitions gives them), or their parent where a batch spans two. It spares
/// PostgreSQL finding the way from the parent anew in every statement.
/// </summary>
internal static class PartitionTable
{
    /// <param name="first">The oldest reading, micros.</param>
    /// <param name="last">The newest.</param>
    public static string OfReadings(long first, long last) => Of("readings", "yyyyMMdd", Micros.ToInstant(first).UtcDateTime, Micros.ToInstant(last).UtcDateTime);

    /// <param name="starts">Of windows; not empty.</param>
    public static string OfWindows(List<DateTime> starts) => Of("windows", "yyyyMM", starts.Min(), starts.Max());

    private static string Of(string table, string form, DateTime first, DateTime last)
    {
        var name = first.ToString(form, CultureInfo.InvariantCulture);
        return name == last.ToString(form, CultureInfo.InvariantCulture) ? $"{table}_{name}" : table;
    }
}
