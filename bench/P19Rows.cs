namespace Coworking.Bench;

/// <summary>P19, rows: the same question when there are ten times as many readings. Each size has servers of its own, so that all are asked in turn: the machine's moods would else be taken for growth.</summary>
internal static class P19Rows
{
    private const int Buckets = 288;
    private const int SamplesADay = 10_000;

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var few = options.Pick(2, 10, 100);
        var questions = options.Pick(20, 200, 200);
        await using var small = await Loaded.StartAsync(few, few, cancellationToken);
        await using var middle = await Loaded.StartAsync(few, 3 * few, cancellationToken);
        await using var large = await Loaded.StartAsync(few, 10 * few, cancellationToken);
        var sizes = new Dictionary<long, Loaded> { [few * SamplesADay] = small, [3 * few * SamplesADay] = middle, [10 * few * SamplesADay] = large };
        var plan = new Plan
        {
            Id = "P19-rows",
            Title = "growth: ten times as many rows, the same question",
            What = FormattableString.Invariant($"""
                `GET telemetry?range=24h` at iot-ingest for {few} spaces of a day's {SamplesADay} readings, {questions} questions a round, median: among {few * SamplesADay} readings in all,
                among {3 * few * SamplesADay} and among {10 * few * SamplesADay}, each in servers of their own, asked in turn. The ratio is many rows : few rows.
                """),
            Unit = "ms",
            WorkUnit = "question",
            Goal = new Goal(1.2, 1.1, AtLeast: false),
            OursName = FormattableString.Invariant($"{10 * few * SamplesADay} rows"),
            PeerName = FormattableString.Invariant($"{few * SamplesADay} rows"),
        };
        // The dropped round is long enough for the compiler's second tier: what is asked first must not pay for it.
        return await Growth.RunAsync(
            plan, options, "readings", [.. sizes.Keys], (size, round) => sizes[size].AskAsync(few, round == 0 ? 5 * questions : questions, cancellationToken), cancellationToken);
    }

    /// <summary>Servers with a day of so many spaces.</summary>
    private sealed class Loaded(Stage stage, List<BenchSpace> spaces, History history) : IAsyncDisposable
    {
        public static async Task<Loaded> StartAsync(int locations, int count, CancellationToken cancellationToken)
        {
            var stage = await Stage.StartAsync(cancellationToken);

            try
            {
                var spaces = await stage.AddSpacesAsync(locations, count, cancellationToken);
                var history = new History(stage, "P19-rows");
                await history.LoadAsync(spaces, SamplesADay, TimeSpan.FromDays(1) / SamplesADay, cancellationToken);
                await history.SettleAsync(peer: null, cancellationToken);
                return new Loaded(stage, spaces, history);
            }
            catch
            {
                await stage.DisposeAsync();
                throw;
            }
        }

        /// <summary>Of as many spaces at every size.</summary>
        public async Task<Measured> AskAsync(int few, int questions, CancellationToken cancellationToken)
        {
            var times = await history.AskAsync(spaces[..few], "24h", Buckets, questions, cancellationToken)
                ?? throw new InvalidOperationException("The service does not answer ranges");
            return new Measured(Comparison.Median(times), new Dictionary<string, double>());
        }

        public ValueTask DisposeAsync() => stage.DisposeAsync();
    }
}
