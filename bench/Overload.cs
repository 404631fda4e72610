using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Coworking.Bench;

/// <summary>OVER: more than it can store for a minute. Memory stays flat, everything is stored in the end.</summary>
internal static class Overload
{
    private const int Locations = 16;
    private const int Spaces = 200;
    private const int Connections = 50;
    private const double MostGrowth = 2;
    private const double MostMiBPerMinute = 64;

    /// <summary>The state once a second.</summary>
    private sealed record Sample(double Second, long Sent, long Stored, double MiB);

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        // Not longer: the broker keeps 256 MiB a session, and what it drops beyond that would be its loss, not ours.
        var seconds = options.Pick(9, 60, 110);
        await using var stage = await Stage.StartAsync(cancellationToken);
        var spaces = await stage.AddSpacesAsync(Locations, Spaces, cancellationToken);
        // Ten samples a second and space by device time: the windows are as many as they would be.
        var start = TimeProvider.System.GetUtcNow().AddHours(-12);
        var publisher = new Publisher(stage.Servers.Mosquitto.Port, new Workload(spaces, start, TimeSpan.FromMilliseconds(100)), Connections);
        var watch = Stopwatch.StartNew();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = WatchAsync(stage, publisher, start, watch, over.Token);

        // A tenth of the time at a rate that it bears: what memory it takes when it works.
        var warm = 5000L * Math.Max(2, seconds / 6);
        await publisher.RunAsync(0, warm, 5000, CancellationToken.None, cancellationToken);
        var warmUntil = watch.Elapsed.TotalSeconds;
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        var slowing = SlowedDatabase.RunAsync(stage, static _ => Task.FromResult(TimeSpan.FromSeconds(1)), stop.Token);
        await publisher.RunAsync(warm, long.MaxValue / 2, rate: 0, stop.Token, cancellationToken);
        await slowing;
        var sentUntil = watch.Elapsed.TotalSeconds;
        var sent = publisher.Acknowledged;
        Comparison.Say("OVER", FormattableString.Invariant($"{sent} messages sent in {sentUntil:0} s, waiting until they are stored"));
        var stored = await DrainedAsync(stage, start, sent, TimeSpan.FromSeconds(options.Pick(60, 150, 600)), cancellationToken);
        var drained = watch.Elapsed.TotalSeconds - sentUntil;
        await over.CancelAsync();
        var samples = await watching;
        return await JudgeAsync(samples, warmUntil, sentUntil, sent, stored, drained, options, cancellationToken);
    }

    private static async Task<bool> JudgeAsync(
        List<Sample> samples, double warmUntil, double sentUntil, long sent, long stored, double drained, RunOptions options, CancellationToken cancellationToken)
    {
        var before = samples.Where(sample => sample.Second <= warmUntil).Max(sample => sample.MiB);
        var during = samples.Where(sample => sample.Second > warmUntil && sample.Second <= sentUntil).ToList();
        // The first third lets buffers and the heap find their size.
        var late = during[(during.Count / 3)..];
        var slope = ResidentMemory.Slope([.. late.Select(sample => (sample.Second, sample.MiB))]) * 60;
        var peak = samples.Max(sample => sample.MiB);
        var rate = (during[^1].Stored - during[0].Stored) / (during[^1].Second - during[0].Second);
        var offered = (during[^1].Sent - during[0].Sent) / (during[^1].Second - during[0].Second);
        var lost = Math.Abs(sent - stored);
        var held = lost == 0 && peak <= MostGrowth * before && slope <= MostMiBPerMinute;
        var line = string.Create(CultureInfo.InvariantCulture, $"ratio {peak / before:0.00} must <= {MostGrowth:0.##}, growth {slope:0} MiB/min must <= {MostMiBPerMinute:0}, lost {lost} must 0");
        var table = new StringBuilder()
            .AppendLine("| what | seen |")
            .AppendLine("|---|---|")
            .AppendLine(CultureInfo.InvariantCulture, $"| offered, messages/s | {offered:#,0} |")
            .AppendLine(CultureInfo.InvariantCulture, $"| stored meanwhile, messages/s | {rate:#,0} |")
            .AppendLine(CultureInfo.InvariantCulture, $"| offered : stored | {offered / rate:0.0} |")
            .AppendLine(CultureInfo.InvariantCulture, $"| acknowledged by the broker | {sent:#,0} |")
            .AppendLine(CultureInfo.InvariantCulture, $"| counted in windows in the end | {stored:#,0} |")
            .AppendLine(CultureInfo.InvariantCulture, $"| drained after, s | {drained:0.0} |")
            .AppendLine(CultureInfo.InvariantCulture, $"| resident memory of iot-ingest at 5,000 messages/s, most, MiB | {before:0} |")
            .AppendLine(CultureInfo.InvariantCulture, $"| the same under overload, most, MiB | {peak:0} |")
            .AppendLine(CultureInfo.InvariantCulture, $"| growth in the last two thirds of the overload, MiB/min | {slope:0} |");
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {Connections} connections with {Spaces} spaces, first at 5,000 messages/s, then for {sentUntil - warmUntil:0} s as fast as the broker takes them, while the table of
            readings is locked for two of each three seconds; then, unlocked, until everything is stored. Resident memory once a second.
            """);
        await Report.PageAsync("OVER", "memory under overload", what, line, table.ToString(), options, cancellationToken);
        return held;
    }

    private static async Task<long> DrainedAsync(Stage stage, DateTimeOffset start, long sent, TimeSpan limit, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var stored = 0L;

        while (watch.Elapsed < limit && (stored = await stage.SamplesAsync(start.AddMinutes(-1), cancellationToken)) < sent)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
        }

        return stored;
    }

    private static async Task<List<Sample>> WatchAsync(Stage stage, Publisher publisher, DateTimeOffset start, Stopwatch watch, CancellationToken cancellationToken)
    {
        var samples = new List<Sample>();

        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var stored = await stage.SamplesAsync(start.AddMinutes(-1), cancellationToken);
                samples.Add(new Sample(watch.Elapsed.TotalSeconds, publisher.Acknowledged, stored, ResidentMemory.MiB(stage.Platform.IotIngestProcess.Id)));

                if (samples.Count % 10 == 0)
                {
                    Comparison.Say("OVER", FormattableString.Invariant($"{samples[^1].Second:0} s: {samples[^1].Sent} sent, {samples[^1].Stored} stored, {samples[^1].MiB:0} MiB"));
                }

                await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            }
            catch (OperationCanceledException)
            {
                // Over.
            }
        }

        return samples;
    }
}
