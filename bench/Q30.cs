using System.Globalization;
using System.Text;

namespace Coworking.Bench;

/// <summary>Q30: thirty days of one space.</summary>
internal static class Q30
{
    private const double MustMilliseconds = 50;
    private const int Buckets = 360;

    // A little less than thirty days: what is older than the raw retention is refused.
    private static readonly TimeSpan Span = TimeSpan.FromDays(29.9);

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var samples = options.Pick(20_000, 250_000, 250_000);
        var count = options.Pick(1, 2, 10);
        var questions = options.Pick(20, 200, 500);
        await using var stage = await Stage.StartAsync(cancellationToken);
        var spaces = await stage.AddSpacesAsync(count, count, cancellationToken);
        var history = new History(stage, "Q30");
        await history.LoadAsync(spaces, samples, Span / samples, cancellationToken);
        await history.SettleAsync(peer: null, cancellationToken);
        var rounds = new List<List<double>>();

        for (var round = 0; round <= options.Rounds; round++)
        {
            if (await history.AskAsync(spaces, "30d", Buckets, round == 0 ? 5 * questions : questions, cancellationToken) is not { } times)
            {
                return History.Skip("Q30");
            }

            times.Sort();

            if (round > 0)
            {
                rounds.Add(times);
            }
        }

        var worst = rounds.ConvertAll(times => times[(int)(0.95 * (times.Count - 1))]);
        var p95 = Comparison.Median(worst);
        var line = string.Create(CultureInfo.InvariantCulture, $"p95 {p95:0.0} ms ({worst.Min():0.0}..{worst.Max():0.0}) must < {MustMilliseconds:0}");
        var table = new StringBuilder().AppendLine("| round | p50, ms | p95, ms | longest, ms |").AppendLine("|---|---|---|---|");

        for (var i = 0; i < rounds.Count; i++)
        {
            table.AppendLine(CultureInfo.InvariantCulture, $"| {i + 1} | {Comparison.Median(rounds[i]):0.0} | {worst[i]:0.0} | {rounds[i][^1]:0.0} |");
        }

        var what = string.Create(CultureInfo.InvariantCulture, $"""
            `GET telemetry?range=30d` at iot-ingest (2-hour buckets), HTTP and JSON included, {questions} questions a round, one after the other; {spaces.Count} spaces with {samples} readings each,
            one every {Span.TotalSeconds / samples:0.0} s over {Span.TotalDays} days, taken in by the service itself.
            """);
        await Report.PageAsync("Q30", "thirty days of one space", what, line, table.ToString(), options, cancellationToken);
        return p95 < MustMilliseconds;
    }
}
