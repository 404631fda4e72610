using System.Diagnostics;
using Npgsql;

namespace Coworking.Bench;

/// <summary>P15: a day of one space in buckets of five minutes, as the service answers it, against the raw table.</summary>
internal static class P15
{
    private const int Buckets = 288;
    private const int SamplesADay = 10_000;

    private const string RawQuery = """
        select date_bin('5 minutes', at, timestamptz '2000-01-01') as bucket, count(*),
            avg(temp_c), min(temp_c), max(temp_c), avg(humidity_pct), min(humidity_pct), max(humidity_pct), avg(co2_ppm), min(co2_ppm), max(co2_ppm),
            avg(occupancy), min(occupancy), max(occupancy), avg(power_w), min(power_w), max(power_w), avg(battery_pct), min(battery_pct), max(battery_pct)
        from readings where space_id = $1 and at > $2 group by bucket order by bucket
        """;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var readings = options.Pick(100_000, 1_000_000, 10_000_000);
        var questions = options.Pick(20, 200, 200);
        await using var stage = await Stage.StartAsync(cancellationToken);
        await using var database = await PeerDatabase.CreateAsync(stage.Servers.Postgres, PeerDatabase.RawTable, cancellationToken);
        var spaces = await stage.AddSpacesAsync(16, readings / SamplesADay, cancellationToken);
        var history = new History(stage, "P15");
        await history.LoadAsync(spaces, SamplesADay, Day / SamplesADay, cancellationToken);

        if (await history.AskAsync(spaces, "24h", Buckets, 1, cancellationToken) is null)
        {
            return History.Skip("P15");
        }

        await history.CopyAsync(database, spaces, cancellationToken);
        await history.SettleAsync(database, cancellationToken);
        var plan = new Plan
        {
            Id = "P15",
            Title = "one space, 24 hours in 5-minute buckets, median time",
            What = FormattableString.Invariant($"""
                {readings} readings of the last day in {spaces.Count} spaces, {questions} questions a round, one after the other, each for another space. Ours: `GET telemetry?range=24h` at
                iot-ingest, HTTP and JSON included. Peer: the same buckets with average, minimum and maximum of each metric by `date_bin` from the raw table through its B-tree, a
                prepared statement, rows read and thrown away, nothing else. The ratio is how many times faster ours is.
                """),
            // Questions a second of one who asks one after the other: more is better, as in the specification.
            Unit = "questions/s (1 / median time)",
            WorkUnit = "question",
            Goal = new Goal(4, 10, AtLeast: true),
            OursName = "ours",
            PeerName = "raw table",
        };
        var processes = new Dictionary<string, int> { ["ours: iot-ingest"] = stage.Platform.IotIngestProcess.Id, ["PostgreSQL"] = stage.Servers.Postgres.ProcessId };
        return await Comparison.RunAsync(
            plan,
            options,
            round => MeasureAsync(processes, async () => (await history.AskAsync(spaces, "24h", Buckets, Count(round), cancellationToken))!),
            round => MeasureAsync(processes, () => AskRawAsync(database, spaces, Count(round), cancellationToken)),
            cancellationToken);

        // The dropped round is long enough for the compiler's second tier.
        int Count(int round) => round == 0 ? 5 * questions : questions;
    }

    private static async Task<Measured> MeasureAsync(Dictionary<string, int> processes, Func<Task<List<double>>> ask)
    {
        var before = CpuTime.Of(processes);
        var times = await ask();
        return Measured.Of(1000 / Comparison.Median(times), times.Count, CpuTime.Since(before, CpuTime.Of(processes)));
    }

    private static async Task<List<double>> AskRawAsync(PeerDatabase database, List<BenchSpace> spaces, int questions, CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(RawQuery, connection);
        var space = command.Parameters.Add(new() { Value = Guid.Empty });
        var since = command.Parameters.Add(new() { Value = DateTime.UnixEpoch });
        await command.PrepareAsync(cancellationToken);
        var times = new List<double>(questions);

        for (var i = 0; i < questions; i++)
        {
            space.Value = spaces[i % spaces.Count].Id;
            since.Value = TimeProvider.System.GetUtcNow().UtcDateTime - Day;
            var started = Stopwatch.GetTimestamp();
            var rows = 0;

            await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
            {
                while (await reader.ReadAsync(cancellationToken))
                {
                    rows++;
                }
            }

            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);

            if (rows < Buckets - 2)
            {
                throw new InvalidOperationException($"The raw table answered {rows} buckets");
            }
        }

        return times;
    }
}
