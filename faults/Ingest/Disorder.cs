using System.Globalization;
using System.Text;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults.Ingest;

/// <summary>R8: copies, samples out of order, clocks that are wrong.</summary>
internal static class Disorder
{
    private const double Copies = 0.1;

    // One device in twenty has a clock that is ahead, one in twenty one that is behind.
    private const int WrongOneIn = 20;

    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MostLate = TimeSpan.FromMinutes(5);

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var (devices, rate, seconds) = options.Small ? (100, 400, 10) : (500, 1000, 90);
        var random = new Random(options.Seed);
        var run = new FaultRun("R8", "copies, disorder and wrong clocks", options);
        await using var stage = await Stage.StartAsync(cancellationToken);
        var spaces = await stage.AddSpacesAsync(16, devices, cancellationToken);
        // Right clocks stay in the past until the end, and those ahead beyond what is taken.
        var start = TimeProvider.System.GetUtcNow().AddHours(-1);
        var clocks = spaces.Select((_, space) => Wrong(space, random)).ToArray();
        var distinct = (long)(rate * seconds / (1 + Copies));
        var order = Shuffled(distinct, devices, random);
        run.Say($"{devices} devices, {rate} messages/s, {order.Length} messages, seed {options.Seed}");

        var sending = new Sending(Of, rate) { Count = order.Length };
        await using var fleet = await Devices.StartAsync(stage.Servers.Mosquitto.Port, sending, cancellationToken);
        var sent = await fleet.FinishAsync();
        run.Say("everything is sent");
        var ledger = new Ledger();
        var (taken, early) = (0L, 0L);

        foreach (var i in order)
        {
            _ = clocks[i % devices] > TimeSpan.Zero ? early++ : taken++;
        }

        for (var i = 0L; i < distinct; i++)
        {
            if (clocks[i % devices] <= TimeSpan.Zero)
            {
                ledger.Count(spaces[(int)(i % devices)].Id, TimeOf(i));
            }
        }

        var verdict = await Verdict.OfAsync(stage, spaces, ledger, start.AddDays(-2), cancellationToken, isInOrder: false);
        verdict = verdict with { Checks = [.. verdict.Checks, .. await CountsAsync(stage, ledger, sent, taken, early, start, cancellationToken)] };
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {devices} devices in 16 locations send {rate} messages/s, QoS 1, for {seconds} s. Each reading is late by up to {MostLate.TotalMinutes:0} minutes of device time, and one in ten comes twice, each time late by its own while. One device in
            {WrongOneIn} has a clock that is up to 24 h ahead, another one that is up to 24 h behind: what is ahead is rejected, what is behind lands in its own minutes.
            """);
        return await run.ConcludeAsync(verdict, what, _ => 0, limit: null, cancellationToken);

        DateTimeOffset TimeOf(long i) => start + (i / devices * Spacing) + clocks[i % devices];

        Parcel Of(long n)
        {
            var (sample, space) = Math.DivRem(order[n], devices);
            var json = string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"ts":"{{TimeOf(order[n]).UtcDateTime:yyyy-MM-ddTHH:mm:ss.fff}}Z","temp_c":{{20 + (sample % 50 / 10.0)}},"humidity_pct":49.3,"co2_ppm":{{500 + ((sample + space) % 300)}},"occupancy":0}""");
            // By any connection: a reading overtakes another of its own space, too.
            return new Parcel((int)(n % 50), spaces[(int)space].Topic, Encoding.UTF8.GetBytes(json));
        }
    }

    private static TimeSpan Wrong(int space, Random random) => (space % WrongOneIn) switch
    {
        3 => TimeSpan.FromHours(2 + (22 * random.NextDouble())),
        7 => -TimeSpan.FromHours(1 + (23 * random.NextDouble())),
        _ => TimeSpan.Zero,
    };

    /// <summary>Numbers of readings in the order in which they leave.</summary>
    private static long[] Shuffled(long distinct, int devices, Random random)
    {
        var late = (long)(MostLate / Spacing) * devices;
        var leaves = new List<(double Place, long Reading)>();

        for (var i = 0L; i < distinct; i++)
        {
            leaves.Add((i + (late * random.NextDouble()), i));

            if (random.NextDouble() < Copies)
            {
                leaves.Add((i + (late * random.NextDouble()), i));
            }
        }

        return [.. leaves.OrderBy(leave => leave.Place).Select(leave => leave.Reading)];
    }

    private static async Task<Check[]> CountsAsync(
        Stage stage, Ledger ledger, long sent, long taken, long early, DateTimeOffset start, CancellationToken cancellationToken)
    {
        const string Rejected = "select count(*) from iot.rejected_readings where reason ";
        // Those of a clock that is ahead are in no order with the others, which were waited for.
        await Wait.UntilAsync(
            async () => await stage.CountAsync(Rejected + "= 'future'", cancellationToken) >= early, TimeSpan.FromSeconds(60), "what is ahead is rejected", cancellationToken);
        var future = await stage.CountAsync(Rejected + "= 'future'", cancellationToken);
        // Before its space was known a sample that met it may have been rejected.
        var other = await stage.CountAsync(Rejected + "not in ('future', 'unknown_space')", cancellationToken);
        var stored = await stage.CountAsync("select count(*) from iot.readings where at between $1 and now()", cancellationToken, start.AddDays(-2).UtcDateTime);
        var accepted = stored + (taken - ledger.Readings);
        return
        [
            new Check("rejected as future", early, future, Math.Max(0, early - future), Math.Max(0, future - early)),
            new Check("rejected for another reason", 0, other, other, 0),
            new Check("sent : accepted (with copies) + rejected", sent, accepted + future, Math.Max(0, sent - accepted - future), Math.Max(0, accepted + future - sent)),
        ];
    }
}
