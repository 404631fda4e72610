using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults.Bookings;

/// <summary>R3: PostgreSQL is killed again and again under readings and bookings.</summary>
internal static class KillPostgres
{
    private const double MostSeconds = 5;
    private const long MostMiBPerMinute = 64;
    private const int Rate = 100;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    // The last time, to see what the services hold back meanwhile; 10 s of it make no slope.
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var kills = options.Repeat ?? (options.Small ? 2 : 20);
        var (devices, rate) = options.Small ? (100, 400) : (500, 2000);
        var (random, run) = (new Random(options.Seed), new FaultRun("R3", "PostgreSQL killed under readings and bookings", options));
        await using var stage = await Stage.StartAsync(cancellationToken, usual => usual with { ExtraEnvironment = BookingSide.WideOpen });
        var met = await stage.AddSpacesAsync(16, devices, cancellationToken);
        using var side = await BookingSide.AtGatewayAsync(stage, cancellationToken);
        var spaces = await BookingSide.AddSpacesAsync(stage, 50, cancellationToken);
        await using var fleet = await WatchedFleet.StartAsync(stage, met, rate, cancellationToken);
        await using var flow = new BookingFlow(side, spaces, Rate, cancellationToken);
        await using var memory = new Memory(() => Services(stage));
        run.Say($"{devices} devices, {rate} messages/s, {Rate} bookings/s, {kills} kills, seed {options.Seed}");

        var meanwhile = new Dictionary<string, double>();

        for (var kill = 1; kill <= kills; kill++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1 + (2 * random.NextDouble())), cancellationToken);
            var (at, killed) = (run.Seconds, Stopwatch.GetTimestamp());
            await stage.Servers.Postgres.KillAsync(cancellationToken);

            if (kill == kills && !options.Small)
            {
                await using var held = new Memory(() => Services(stage));
                await Task.Delay(Long, cancellationToken);
                meanwhile = await held.GrowthAsync();
            }

            await Task.Delay(TimeSpan.FromSeconds(0.5 + random.NextDouble()), cancellationToken);
            await stage.Servers.Postgres.RestartAsync(cancellationToken);
            var (ready, from) = (Stopwatch.GetElapsedTime(killed).TotalSeconds, flow.Seconds);
            stage.Database.Clear();
            var mark = await fleet.Recovery.NewestAsync(cancellationToken);
            var bookings = flow.GrantedAfterAsync(from, Limit, cancellationToken);
            var (first, all) = await fleet.Recovery.MeasureAsync(mark, killed, cancellationToken);
            run.Add(new Fault($"kill {kill}", at, ready, Math.Max(first, ready + await bookings), all));
        }

        await flow.StopAsync();
        var growth = await memory.GrowthAsync();
        var counted = await fleet.VerdictAsync(cancellationToken);
        var verdict = new Verdict([.. counted.Checks, .. await flow.ChecksAsync(stage, cancellationToken), .. growth.Select(one => Grown(one.Key, one.Value)), .. meanwhile.Select(one => Grown($"{one.Key}, while PostgreSQL lay for a minute", one.Value))]);
        var answers = string.Join(", ", flow.Answers.OrderByDescending(answer => answer.Value).Take(5).Select(answer => $"{answer.Value:#,0} × {answer.Key}"));
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {devices} devices send {rate} messages/s, QoS 1, and {Rate} bookings/s go through the gateway while PostgreSQL (durable) is killed (SIGKILL, with all its processes) {kills} times, lies for half a second to one and a half (the last time a minute longer),
            and is started again. What the broker was told to forget must be stored: lost and twice are counted against what the devices sent. Bookings were answered {answers}. Recovery: from the moment in which PostgreSQL
            answers until there are both a fresh reading and a booking that is granted.
            """);
        return await run.ConcludeAsync(verdict, what, fault => Math.Max(0, fault.First - fault.Ready!.Value), MostSeconds, cancellationToken);
    }

    private static Check Grown(string name, double perMinute) =>
        new($"{name}: MiB of memory more a minute, at most", MostMiBPerMinute, (long)perMinute, Math.Max(0, (long)perMinute - MostMiBPerMinute), 0);

    private static IEnumerable<(string, int)> Services(Stage stage) =>
        [("gateway", stage.Platform.GatewayProcess.Id), ("reservations", stage.Platform.ReservationsProcess.Id), ("iot-ingest", stage.Platform.IotIngestProcess.Id)];
}
