using System.Globalization;

namespace Coworking.Bench;

/// <summary>P19, spaces: what a booking costs among ten times as many spaces.</summary>
internal static class P19Spaces
{
    private const int Few = 1000;
    private const int Connections = 16;

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var duration = TimeSpan.FromSeconds(options.Pick(3, 6, 20));
        await using var stage = await Stage.StartAsync(cancellationToken);
        var few = await BookingLoad.PrepareAsync(stage, Few, cancellationToken);
        await few.RunAsync(Connections, TimeSpan.FromSeconds(options.Pick(2, 15, 15)), cancellationToken);
        var some = await BookingLoad.PrepareAsync(stage, 3 * Few, cancellationToken);
        var many = await BookingLoad.PrepareAsync(stage, 10 * Few, cancellationToken);
        await stage.ExecuteAsync("analyze reservations.spaces", cancellationToken);
        var plan = new Plan
        {
            Id = "P19-spaces",
            Title = "growth: bookings among ten times as many spaces",
            What = string.Create(CultureInfo.InvariantCulture, $"""
                The bookings of P11, {duration.TotalSeconds:0} s a round, spread over {10 * Few} spaces, over {3 * Few} and over {Few}. CPU time of reservations and PostgreSQL. The ratio is many spaces : few spaces.
                """),
            Unit = "µs of CPU per booking",
            WorkUnit = "booking",
            Goal = new Goal(1.1, 1.1, AtLeast: false),
            OursName = string.Create(CultureInfo.InvariantCulture, $"{10 * Few} spaces"),
            PeerName = string.Create(CultureInfo.InvariantCulture, $"{Few} spaces"),
        };
        var loads = new Dictionary<long, BookingLoad> { [Few] = few, [3 * Few] = some, [10 * Few] = many };
        return await Growth.RunAsync(plan, options, "spaces", [.. loads.Keys], (size, _) => CostAsync(loads[size], duration, cancellationToken), cancellationToken);
    }

    private static async Task<Measured> CostAsync(BookingLoad load, TimeSpan duration, CancellationToken cancellationToken)
    {
        var measured = await load.MeasureAsync(Connections, duration, cancellationToken);
        return measured with { Value = measured.Cpu["reservations"] + measured.Cpu["PostgreSQL"] };
    }
}
