using System.Globalization;

namespace Coworking.Bench;

/// <summary>CPU seconds of processes and of everything they have started, from /proc: those that run and those that have ended. Of this process its own alone.</summary>
internal static class CpuTime
{
    // USER_HZ: 100 on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <returns>Seconds by name, in the order of the roots.</returns>
    public static Dictionary<string, double> Of(IEnumerable<KeyValuePair<string, int>> roots)
    {
        var all = Read();
        var children = all.ToLookup(process => process.Value.Parent, process => process.Key);
        // The servers and services are children of this process: of itself only what it has used.
        return roots.ToDictionary(
            root => root.Key,
            root => root.Value == Environment.ProcessId ? Environment.CpuUsage.TotalTime.TotalSeconds : Tree(root.Value, all, children) / TicksPerSecond);
    }

    public static Dictionary<string, double> Since(IReadOnlyDictionary<string, double> before, IReadOnlyDictionary<string, double> now) =>
        now.ToDictionary(one => one.Key, one => one.Value - before.GetValueOrDefault(one.Key));

    private static double Tree(int root, Dictionary<int, (int Parent, double Ticks)> all, ILookup<int, int> children)
    {
        var ticks = 0.0;
        var open = new Queue<int>([root]);

        while (open.TryDequeue(out var id))
        {
            ticks += all.TryGetValue(id, out var process) ? process.Ticks : 0;

            foreach (var child in children[id])
            {
                open.Enqueue(child);
            }
        }

        return ticks;
    }

    private static Dictionary<int, (int Parent, double Ticks)> Read()
    {
        var all = new Dictionary<int, (int, double)>();

        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                continue;
            }

            try
            {
                // The name in parentheses may hold spaces. Behind it: state, parent, …; the 12th to 15th are utime, stime and those of ended children.
                var text = File.ReadAllText(Path.Combine(folder, "stat"));
                var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
                all[id] = (int.Parse(fields[1], CultureInfo.InvariantCulture), fields[11..15].Sum(field => double.Parse(field, CultureInfo.InvariantCulture)));
            }
            catch (IOException)
            {
                // Ended in between.
            }
        }

        return all;
    }
}
