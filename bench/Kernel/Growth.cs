using System.Globalization;
using System.Text;

namespace Coworking.Bench;

/// <summary>A cost at several sizes, in turn within one run; the ratio is that of the largest to the smallest, and a picture shows them all.</summary>
internal static class Growth
{
    /// <param name="plan">Ours is the largest size, the peer the smallest.</param>
    /// <param name="options">Of the command line.</param>
    /// <param name="axis">What grows.</param>
    /// <param name="sizes">From the smallest to the largest.</param>
    /// <param name="measure">The cost at a size in a round.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<bool> RunAsync(
        Plan plan, RunOptions options, string axis, IReadOnlyList<long> sizes, Func<long, int, Task<Measured>> measure, CancellationToken cancellationToken)
    {
        var rounds = new List<Measured[]>();

        for (var round = 0; round <= options.Rounds; round++)
        {
            var one = new Measured[sizes.Count];

            for (var i = 0; i < sizes.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                one[i] = await measure(sizes[i], round);
            }

            Comparison.Say(plan.Id, FormattableString.Invariant(
                $"round {round}{(round == 0 ? " (dropped)" : "")}: {string.Join(", ", sizes.Zip(one, (size, cost) => FormattableString.Invariant($"{size}: {cost.Value:#,0.##}")))} {plan.Unit}"));

            if (round > 0)
            {
                rounds.Add(one);
            }
        }

        return await WriteAsync(plan, options, axis, sizes, rounds, cancellationToken);
    }

    /// <summary>The page and its picture.</summary>
    public static async Task<bool> WriteAsync(
        Plan plan, RunOptions options, string axis, IReadOnlyList<long> sizes, IReadOnlyList<Measured[]> rounds, CancellationToken cancellationToken)
    {
        var points = sizes.Select((size, i) => new Point(size, rounds.Min(round => round[i].Value), Comparison.Median(rounds.Select(round => round[i].Value)), rounds.Max(round => round[i].Value))).ToList();
        var table = new StringBuilder()
            .AppendLine(plan.What)
            .AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"![{plan.Unit} by {axis}]({plan.Id}.svg)")
            .AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"| {axis} | {plan.Unit}, median | least | most |")
            .AppendLine("|---|---|---|---|");

        foreach (var point in points)
        {
            table.AppendLine(CultureInfo.InvariantCulture, $"| {point.Size:#,0} | {point.Median:#,0.##} | {point.Least:#,0.##} | {point.Most:#,0.##} |");
        }

        var folder = Directory.CreateDirectory(Report.Folder(options)).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, plan.Id + ".svg"), Picture.Of(plan, axis, points), cancellationToken);
        return await Report.WriteAsync(plan with { What = table.ToString().TrimEnd() }, options, [.. rounds.Select(round => (round[^1], round[0]))], cancellationToken);
    }

    /// <summary>What was seen at one size.</summary>
    internal sealed record Point(long Size, double Least, double Median, double Most);
}
