using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;

namespace Coworking.Faults.Ingest;

/// <summary>R19: half of what it can, for long; memory and handles stay where they are.</summary>
internal static class Soak
{
    private const double MostGrowth = 1.15;
    private const int MostHandles = 10;
    private const int Spaces = 500;

    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(10);

    // So long that it is not what the broker had kept that is counted: ten seconds of that came to three times what can be borne.
    private static readonly TimeSpan Probe = TimeSpan.FromSeconds(60);

    private sealed record Sample(double MiB, int Handles);

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var seconds = options.Small ? 20 : options.Full ? 1800 : 180;
        var run = new FaultRun("R19", "half of what it can, for long", options);
        await using var stage = await Stage.StartAsync(cancellationToken);
        var spaces = await stage.AddSpacesAsync(16, Spaces, cancellationToken);
        // Further back than the soak is long by the devices' clocks: half an hour of it is some days.
        var start = TimeProvider.System.GetUtcNow().AddDays(-15);
        var workload = new Workload(spaces, start, Spacing);
        var publisher = new Publisher(stage.Servers.Mosquitto.Port, workload, connections: 50);
        var (most, first) = await MostAsync(stage, publisher, start, cancellationToken);
        var rate = most / 2;
        run.Say(string.Create(CultureInfo.InvariantCulture, $"it stores {most:0} messages/s; {rate:0} messages/s for {seconds} s"));
        var processes = new Dictionary<string, int> { ["iot-ingest"] = stage.Platform.IotIngestProcess.Id, ["reservations"] = stage.Platform.ReservationsProcess.Id, ["gateway"] = stage.Platform.GatewayProcess.Id };
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = WatchAsync(processes, over.Token);
        var sent = first + await publisher.RunAsync(first, (long)(rate * seconds), rate, CancellationToken.None, cancellationToken);
        await over.CancelAsync();
        var samples = await watching;
        run.Say("the soak is over");
        var ledger = new Ledger();
        ledger.Add(workload, sent);
        var verdict = await Verdict.OfAsync(stage, spaces, ledger, start.AddMinutes(-1), cancellationToken);
        verdict = verdict with { Checks = [.. verdict.Checks, .. samples.SelectMany(process => Flat(process.Key, process.Value))] };
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {Spaces} devices in 16 locations: at first {Warm.TotalSeconds:0} s and then {Probe.TotalSeconds:0} s as fast as the broker takes it, of which in the second {most:#,0} messages/s are stored; then half of that, {rate:#,0} messages/s, for {seconds} s. Resident memory and open handles of the
            three services once a second: the median of the last quarter may be at most {MostGrowth:0.00} times that of the second quarter, and {MostHandles} handles above it (the first quarter warms up).
            """);
        return await run.ConcludeAsync(verdict, what, _ => 0, limit: null, cancellationToken);
    }

    /// <returns>Messages stored per second, and how many were sent to find that out.</returns>
    private static async Task<(double Rate, long Sent)> MostAsync(Stage stage, Publisher publisher, DateTimeOffset start, CancellationToken cancellationToken)
    {
        var sent = await SendAsync(0, Warm);
        // Again, now that it is warm.
        var (began, before) = (Stopwatch.GetTimestamp(), await stage.SamplesAsync(start.AddMinutes(-1), cancellationToken));
        sent = await SendAsync(sent, Probe);
        var rate = (await stage.SamplesAsync(start.AddMinutes(-1), cancellationToken) - before) / Stopwatch.GetElapsedTime(began).TotalSeconds;

        while (await stage.SamplesAsync(start.AddMinutes(-1), cancellationToken) < sent)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
        }

        return (rate, sent);

        async Task<long> SendAsync(long from, TimeSpan time)
        {
            var (next, at) = (from, Stopwatch.GetTimestamp());

            while (Stopwatch.GetElapsedTime(at) < time)
            {
                // Whole rounds of the spaces, so that the soak goes on where this ends.
                next += await publisher.RunAsync(next, 100 * Spaces, rate: 0, CancellationToken.None, cancellationToken);
            }

            return next;
        }
    }

    private static IEnumerable<Check> Flat(string process, List<Sample> samples)
    {
        var quarter = samples.Count / 4;
        var (early, late) = (samples[quarter..(2 * quarter)], samples[(3 * quarter)..]);
        yield return Check.AtMost($"{process}: resident memory, MiB", MostGrowth * Median(early.Select(sample => sample.MiB)), Median(late.Select(sample => sample.MiB)));
        yield return Check.AtMost($"{process}: handles", MostHandles + Median(early.Select(sample => (double)sample.Handles)), Median(late.Select(sample => (double)sample.Handles)));
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private static async Task<Dictionary<string, List<Sample>>> WatchAsync(Dictionary<string, int> processes, CancellationToken cancellationToken)
    {
        var samples = processes.Keys.ToDictionary(name => name, _ => new List<Sample>());

        while (!cancellationToken.IsCancellationRequested)
        {
            foreach (var (name, id) in processes)
            {
                samples[name].Add(new Sample(ResidentMemory.MiB(id), Directory.GetFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/fd")).Length));
            }

            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return samples;
    }
}
