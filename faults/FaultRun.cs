using System.Diagnostics;
using System.Globalization;
using System.Text;
using Coworking.Local;

namespace Coworking.Faults;

/// <summary>One fault and what came after it: seconds from the fault to the process being ready, to the first fresh reading, to one of every space.</summary>
internal sealed record Fault(string What, double At, double? Ready, double First, double All);

/// <summary>What the command line says.</summary>
/// <param name="Repeat">How many faults; null: as many as the row of the specification says.</param>
/// <param name="Small">Few devices and a short time, to see that it works.</param>
/// <param name="Seed">Of the random moments.</param>
internal sealed record FaultOptions(int? Repeat, bool Small, int Seed)
{
    /// <summary>As long as the specification says, where that is more than a few minutes.</summary>
    public bool Full { get; init; }
}

/// <summary>The page and the last line of a run.</summary>
/// <param name="id">Of the row in docs/performance.md, or fleet.</param>
/// <param name="title">What it is.</param>
/// <param name="options">For the page.</param>
internal sealed class FaultRun(string id, string title, FaultOptions options)
{
    private readonly List<Fault> _faults = [];
    private readonly long _started = Stopwatch.GetTimestamp();

    public void Say(string what) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{id} {Stopwatch.GetElapsedTime(_started).TotalSeconds,6:0.0} s: {what}"));

    public void Add(Fault fault)
    {
        _faults.Add(fault);
        Say(string.Create(CultureInfo.InvariantCulture, $"{fault.What}: ready {fault.Ready:0.0} s, first reading {fault.First:0.0} s, every space {fault.All:0.0} s after it"));
    }

    /// <param name="verdict">What was counted.</param>
    /// <param name="what">What was done, for the reader.</param>
    /// <param name="recovery">How long a fault took, of which the worst is told.</param>
    /// <param name="limit">Of that, in seconds; null: none is set.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False when anything was lost or counted twice, or took longer than it may.</returns>
    public async Task<bool> ConcludeAsync(Verdict verdict, string what, Func<Fault, double> recovery, double? limit, CancellationToken cancellationToken)
    {
        var worst = _faults.Count == 0 ? 0 : _faults.Max(recovery);
        var isInTime = limit is null || worst <= limit;
        var (held, rows) = (verdict.Checks.Count(check => check.IsHeld) + (limit is not null && isInTime ? 1 : 0), verdict.Checks.Count + (limit is null ? 0 : 1));
        var line = string.Create(CultureInfo.InvariantCulture, $"held {held}/{rows} lost {verdict.Lost} duplicated {verdict.Duplicated} worst-recovery {worst:0.0}");
        var text = new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"# {id}: {title}").AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"**{line}**").AppendLine()
            .AppendLine(what).AppendLine()
            .AppendLine("| counted | expected | seen | lost | twice | |").AppendLine("|---|---|---|---|---|---|");

        foreach (var check in verdict.Checks)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {check.What} | {check.Expected:#,0} | {check.Seen:#,0} | {check.Lost} | {check.Duplicated} | {(check.IsHeld ? "held" : "**not held**")} |");
        }

        if (limit is { } most)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| worst recovery, s, at most {most:0.#} | | {worst:0.0} | | | {(isInTime ? "held" : "**not held**")} |");
        }

        if (_faults.Count > 0)
        {
            text.AppendLine().AppendLine("| fault | at, s | ready after, s | first fresh reading, s | every space, s |").AppendLine("|---|---|---|---|---|");
        }

        foreach (var fault in _faults)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {fault.What} | {fault.At:0.0} | {(fault.Ready is { } ready ? ready.ToString("0.0", CultureInfo.InvariantCulture) : "–")} | {fault.First:0.0} | {fault.All:0.0} |");
        }

        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"`{Command}` on {TimeProvider.System.GetUtcNow():yyyy-MM-dd}: {Environment.ProcessorCount} cores, .NET {Environment.Version}; generator, servers and services on one machine, durability on. The moments follow from the seed.");
        await WriteAsync(text.ToString(), cancellationToken);
        Console.WriteLine($"{id} {line}");
        return held == rows;
    }

    /// <summary>How to run it again.</summary>
    public string Command => string.Create(CultureInfo.InvariantCulture, $"./dev faults {id}{(options.Repeat is { } repeat ? $" --repeat {repeat}" : "")} --seed {options.Seed}{(options.Small ? " --small" : "")}{(options.Full ? " --full" : "")}");

    public double Seconds => Stopwatch.GetElapsedTime(_started).TotalSeconds;

    public async Task WriteAsync(string text, CancellationToken cancellationToken)
    {
        // A small run says that it works, not how well: its page does not belong into the repository.
        var folder = options.Small ? Path.Combine(Repository.Root, ".local", "faults", "results") : Path.Combine(Repository.Root, "faults", "results");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, id + ".md"), text, cancellationToken);
        Console.WriteLine(text);
    }
}
