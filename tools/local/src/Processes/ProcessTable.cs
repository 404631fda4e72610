using System.Globalization;

namespace Coworking.Local;

/// <summary>The kernel's list of processes, read from /proc.</summary>
internal static class ProcessTable
{
    internal static bool IsAlive(int pid) => Status(pid) is { } status && status.State is not ('Z' or 'X');

    /// <summary>True while the process runs with the word in its command line: a number alone may since belong to another process.</summary>
    internal static bool IsAlive(int pid, string word)
    {
        try
        {
            return IsAlive(pid) && File.ReadAllText($"/proc/{pid}/cmdline").Contains(word, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    internal static IReadOnlyList<int> Descendants(int root)
    {
        var children = new List<(int Pid, int Parent)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Status(pid) is { } status)
            {
                children.Add((pid, status.Parent));
            }
        }

        var byParent = children.ToLookup(c => c.Parent, c => c.Pid);
        var found = new List<int>();
        var open = new Queue<int>([root]);
        while (open.TryDequeue(out var parent))
        {
            foreach (var pid in byParent[parent])
            {
                found.Add(pid);
                open.Enqueue(pid);
            }
        }

        return found;
    }

    private static (char State, int Parent)? Status(int pid)
    {
        try
        {
            // "pid (name) state parent …", where the name may hold spaces and brackets.
            var text = File.ReadAllText($"/proc/{pid}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
