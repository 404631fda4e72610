namespace Coworking.Bench;

/// <summary>P19, rows: the same question when there are ten times as many readings.</summary>
internal static class P19Rows
{
    private const int Buckets = 288;
    private const int SamplesADay = 10_000;

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var few = options.Pick(2, 10, 100);
        var questions = options.Pick(20, 200, 200);
        await using var stage = await Stage.StartAsync(cancellationToken);
        var spaces = await stage.AddSpacesAsync(few, 10 * few, cancellationToken);
        var history = new History(stage, "P19-rows");
        await history.LoadAsync(spaces[..few], SamplesADay, TimeSpan.FromDays(1) / SamplesADay, cancellationToken);
        await history.SettleAsync(peer: null, cancellationToken);

        if (await RoundsAsync(history, spaces[..few], questions, options, cancellationToken) is not { } before)
        {
            return History.Skip("P19-rows");
        }

        var between = await AfterAsync(few, 3 * few);
        var after = await AfterAsync(3 * few, 10 * few);
        var plan = new Plan
        {
            Id = "P19-rows",
            Title = "growth: ten times as many rows, the same question",
            What = FormattableString.Invariant($"""
                `GET telemetry?range=24h` at iot-ingest for spaces of a day's {SamplesADay} readings, {questions} questions a round, median: among {few * SamplesADay} readings in all, then
                among {3 * few * SamplesADay} and {10 * few * SamplesADay}. The one has to follow the other, so that the rounds are not in turn. The ratio is many rows : few rows.
                """),
            Unit = "ms",
            WorkUnit = "question",
            Goal = new Goal(1.2, 1.1, AtLeast: false),
            OursName = FormattableString.Invariant($"{10 * few * SamplesADay} rows"),
            PeerName = FormattableString.Invariant($"{few * SamplesADay} rows"),
        };
        return await Growth.WriteAsync(
            plan, options, "readings", [few * SamplesADay, 3 * few * SamplesADay, 10 * few * SamplesADay],
            [.. before.Zip(between, after).Select(round => new[] { round.First, round.Second, round.Third })], cancellationToken);

        async Task<List<Measured>> AfterAsync(int from, int to)
        {
            await history.LoadAsync(spaces[from..to], SamplesADay, TimeSpan.FromDays(1) / SamplesADay, cancellationToken);
            await history.SettleAsync(peer: null, cancellationToken);
            return await RoundsAsync(history, spaces[..few], questions, options, cancellationToken) ?? throw new InvalidOperationException("The service no longer answers ranges");
        }
    }

    private static async Task<List<Measured>?> RoundsAsync(History history, List<BenchSpace> spaces, int questions, RunOptions options, CancellationToken cancellationToken)
    {
        var rounds = new List<Measured>();

        for (var round = 0; round <= options.Rounds; round++)
        {
            // The dropped round is long enough for the compiler's second tier: what is asked first must not pay for it.
            if (await history.AskAsync(spaces, "24h", Buckets, round == 0 ? 5 * questions : questions, cancellationToken) is not { } times)
            {
                return null;
            }

            if (round > 0)
            {
                rounds.Add(new Measured(Comparison.Median(times), new Dictionary<string, double>()));
            }
        }

        return rounds;
    }
}
