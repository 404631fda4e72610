using System.Globalization;

namespace Coworking.Bench;

/// <summary>Resident memory of a process, from /proc.</summary>
internal static class ResidentMemory
{
    public static double MiB(int process)
    {
        var line = File.ReadLines($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    /// <summary>MiB per second, by least squares: single samples catch the collector at any moment of its work.</summary>
    public static double Slope(IReadOnlyList<(double Second, double MiB)> samples)
    {
        var (time, size) = (samples.Average(sample => sample.Second), samples.Average(sample => sample.MiB));
        var spread = samples.Sum(sample => (sample.Second - time) * (sample.Second - time));
        return spread == 0 ? 0 : samples.Sum(sample => (sample.Second - time) * (sample.MiB - size)) / spread;
    }
}
