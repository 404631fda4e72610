using System.Globalization;
using System.Text;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>bench/results/ID.md and the last line of a run. A run of the smoke size leaves its page below .local: its numbers are not meant to be believed.</summary>
internal static class Report
{
    public static async Task<bool> WriteAsync(Plan plan, RunOptions options, List<(Measured Ours, Measured Peer)> rounds, CancellationToken cancellationToken)
    {
        var ratios = rounds.ConvertAll(round => round.Ours.Value / round.Peer.Value);
        var (ratio, least, most) = (Comparison.Median(ratios), ratios.Min(), ratios.Max());
        var line = string.Create(CultureInfo.InvariantCulture, $"ratio {ratio:0.00} ({least:0.00}..{most:0.00}) must {plan.Goal.Sign} {plan.Goal.Must:0.##} aim {plan.Goal.Sign} {plan.Goal.Aim:0.##}");
        var text = new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"| | {plan.OursName} | {plan.PeerName} | {plan.OursName} : {plan.PeerName} |")
            .AppendLine("|---|---|---|---|")
            .AppendLine(CultureInfo.InvariantCulture, $"| {plan.Unit}, median | {Number(rounds.Select(round => round.Ours.Value))} | {Number(rounds.Select(round => round.Peer.Value))} | **{ratio:0.00}** |");

        for (var i = 0; i < rounds.Count; i++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| round {i + 1} | {rounds[i].Ours.Value:#,0.##} | {rounds[i].Peer.Value:#,0.##} | {ratios[i]:0.00} |");
        }

        foreach (var process in rounds.SelectMany(round => round.Ours.Cpu.Keys.Concat(round.Peer.Cpu.Keys)).Distinct().ToArray())
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| CPU µs per {plan.WorkUnit}: {process} | {Cpu(rounds.Select(round => round.Ours), process)} | {Cpu(rounds.Select(round => round.Peer), process)} | |");
        }

        await PageAsync(plan.Id, plan.Title, plan.What, line, text.ToString(), options, cancellationToken);
        return plan.Goal.IsHeld(ratio);
    }

    /// <summary>Writes the page and says the last line.</summary>
    public static async Task PageAsync(string id, string title, string what, string line, string table, RunOptions options, CancellationToken cancellationToken)
    {
        var folder = Folder(options);
        var command = $"./dev bench {id} --rounds {options.Rounds.ToString(CultureInfo.InvariantCulture)} --size {options.Size.ToString().ToLowerInvariant()}";
        var text = new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"# {id}: {title}")
            .AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"**{line}**")
            .AppendLine()
            .AppendLine(what)
            .AppendLine()
            .AppendLine(table)
            .AppendLine(CultureInfo.InvariantCulture, $"`{command}` on {TimeProvider.System.GetUtcNow():yyyy-MM-dd}: {await MachineAsync(cancellationToken)}. Everything on one machine, durability on.");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, id + ".md"), text.ToString(), cancellationToken);
        Console.WriteLine(table);
        Console.WriteLine($"{id} {line}");
    }

    /// <summary>Where pages and pictures go.</summary>
    public static string Folder(RunOptions options) =>
        options.Size == Size.Smoke ? Path.Combine(Repository.Root, ".local", "bench", "results") : Path.Combine(Repository.Root, "bench", "results");

    private static async Task<string> MachineAsync(CancellationToken cancellationToken)
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown processor";
        var versions = await Task.WhenAll(
            VersionAsync("psql --version", cancellationToken), VersionAsync("mosquitto -h | head -1", cancellationToken), VersionAsync("node --version", cancellationToken));
        return string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores ({model}), .NET {Environment.Version}, {versions[0]}, {versions[1]}, Node.js {versions[2]}");
    }

    internal static async Task<string> VersionAsync(string command, CancellationToken cancellationToken)
    {
        await using var peer = await Peer.StartAsync("bash", ["-c", $"PATH=$PATH:/usr/sbin; {command}; echo; echo end; sleep 60"], new Dictionary<string, string?>(), cancellationToken);
        await peer.SaysAsync("end", TimeSpan.FromSeconds(20), cancellationToken);
        return peer.Said().Split('\n')[0].Trim();
    }

    private static string Number(IEnumerable<double> values) => Comparison.Median(values).ToString("#,0.##", CultureInfo.InvariantCulture);

    private static string Cpu(IEnumerable<Measured> side, string process)
    {
        var values = side.Where(one => one.Cpu.ContainsKey(process)).Select(one => one.Cpu[process]).ToArray();
        return values.Length == 0 ? "–" : Comparison.Median(values).ToString("0.0", CultureInfo.InvariantCulture);
    }
}
