namespace Coworking.Bench;

/// <summary>What one side did in one round.</summary>
/// <param name="Value">In the plan's unit.</param>
/// <param name="Cpu">Microseconds per unit of work, by process.</param>
internal sealed record Measured(double Value, IReadOnlyDictionary<string, double> Cpu)
{
    /// <param name="value">In the plan's unit.</param>
    /// <param name="units">Over which the CPU time is spread.</param>
    /// <param name="seconds">CPU seconds by process.</param>
    public static Measured Of(double value, long units, IReadOnlyDictionary<string, double> seconds) =>
        new(value, seconds.ToDictionary(one => one.Key, one => 1e6 * one.Value / units));
}

/// <summary>What must hold and what would be good, for the ratio ours : peer.</summary>
internal sealed record Goal(double Must, double Aim, bool AtLeast)
{
    public string Sign => AtLeast ? ">=" : "<=";

    public bool IsHeld(double ratio) => AtLeast ? ratio >= Must : ratio <= Must;
}

/// <summary>One row of docs/performance.md.</summary>
internal sealed record Plan
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    /// <summary>What exactly is compared, for the reader of the results.</summary>
    public required string What { get; init; }

    public required string Unit { get; init; }

    public string WorkUnit { get; init; } = "message";

    public required Goal Goal { get; init; }

    public required string OursName { get; init; }

    public required string PeerName { get; init; }
}

/// <summary>Ours and the peer in turn within one run: machines are shared and noisy, only ratios of neighbours count.</summary>
internal static class Comparison
{
    public static async Task<bool> RunAsync(
        Plan plan, RunOptions options, Func<int, Task<Measured>> ours, Func<int, Task<Measured>> peer, CancellationToken cancellationToken)
    {
        var rounds = new List<(Measured Ours, Measured Peer)>();

        // Round 0 warms both sides and is dropped.
        for (var round = 0; round <= options.Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var one = (await ours(round), await peer(round));
            Say(plan.Id, FormattableString.Invariant(
                $"round {round}{(round == 0 ? " (dropped)" : "")}: {plan.OursName} {one.Item1.Value:#,0.##}, {plan.PeerName} {one.Item2.Value:#,0.##} {plan.Unit}"));

            if (round > 0)
            {
                rounds.Add(one);
            }
        }

        return await Report.WriteAsync(plan, options, rounds, cancellationToken);
    }

    public static void Say(string id, string what) => Console.WriteLine($"{id}: {what}");

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
