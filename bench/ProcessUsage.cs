using System.Globalization;

namespace Coworking.Bench;

/// <summary>What a process has used so far, from /proc: CPU seconds and the peak of its resident memory.</summary>
internal sealed record ProcessUsage(double CpuSeconds, double PeakMiB)
{
    // USER_HZ: 100 on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    public static ProcessUsage Of(int processId)
    {
        // The name in parentheses may hold spaces; what follows it does not. utime and stime are fields 14 and 15.
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture);
        var peak = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        var kilobytes = double.Parse(peak.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        return new ProcessUsage(ticks / TicksPerSecond, kilobytes / 1024);
    }
}
