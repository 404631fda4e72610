using System.Globalization;

namespace Coworking.Local;

/// <summary>.local/run: what a running `up` leaves for a second `up`, for `down` and for ./dev.</summary>
internal static class RunFolder
{
    private static readonly Lock Gate = new();

    private static string PidFile => Repository.Local("run", "pid");

    private static string SummaryFile => Repository.Local("run", "summary");

    private static string GuardiansFile => Repository.Local("run", "guardians");

    /// <summary>The running `up`, or null.</summary>
    internal static int? Running() =>
        File.Exists(PidFile) && int.TryParse(File.ReadAllText(PidFile), CultureInfo.InvariantCulture, out var pid)
        && ProcessTable.IsAlive(pid, "Coworking.Local") ? pid : null;

    internal static string? Summary() => File.Exists(SummaryFile) ? File.ReadAllText(SummaryFile) : null;

    /// <summary>Guardians that still stand after their `up` ended, however it did.</summary>
    internal static int[] Guardians() => File.Exists(GuardiansFile)
        ? [.. File.ReadAllLines(GuardiansFile).Select(l => int.Parse(l, CultureInfo.InvariantCulture)).Where(pid => ProcessTable.IsAlive(pid, "guardian"))]
        : [];

    internal static void Begin()
    {
        Directory.CreateDirectory(Repository.Local("run"));
        File.Delete(SummaryFile);
        File.Delete(GuardiansFile);
        File.WriteAllText(PidFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
    }

    internal static void Add(ChildProcess child)
    {
        lock (Gate)
        {
            File.AppendAllText(GuardiansFile, child.GuardianId.ToString(CultureInfo.InvariantCulture) + "\n");
        }
    }

    internal static void Healthy(string summary)
    {
        // Moved into place: whoever waits for it must not read half of it.
        File.WriteAllText(SummaryFile + ".new", summary + "\n");
        File.Move(SummaryFile + ".new", SummaryFile, overwrite: true);
    }

    internal static void End()
    {
        File.Delete(SummaryFile);
        File.Delete(GuardiansFile);
        File.Delete(PidFile);
    }
}
