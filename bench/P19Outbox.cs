using System.Globalization;

namespace Coworking.Bench;

/// <summary>P19, outbox: what a booking costs while the bus is away and a million messages wait.</summary>
internal sealed class P19Outbox(Stage stage, BookingLoad load, TimeSpan duration)
{
    private const int Spaces = 1000;
    private const int Connections = 16;

    // Nobody sends: whoever holds the lease has to. In both cases, so that only the waiting rows differ.
    private const string HoldLease = """
        insert into reservations.leases (name, holder, held_until) values ('outbox', 'bench', 'infinity')
        on conflict (name) do update set holder = excluded.holder, held_until = excluded.held_until
        """;

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var most = options.Pick(10_000, 1_000_000, 1_000_000);
        int[] sizes = [0, most / 10, most];
        await using var stage = await Stage.StartAsync(cancellationToken);
        var load = await BookingLoad.PrepareAsync(stage, Spaces, cancellationToken);
        await load.RunAsync(Connections, TimeSpan.FromSeconds(options.Pick(2, 10, 15)), cancellationToken);
        await stage.ExecuteAsync(HoldLease, cancellationToken);
        // The one who sends notices it when it renews its lease, every three seconds.
        await Task.Delay(TimeSpan.FromSeconds(5), cancellationToken);
        await stage.ExecuteAsync("truncate reservations.outbox_messages", cancellationToken);
        var duration = TimeSpan.FromSeconds(options.Pick(3, 6, 20));
        var run = new P19Outbox(stage, load, duration);

        foreach (var size in sizes)
        {
            await run.FillAsync(size, cancellationToken);
        }

        var plan = new Plan
        {
            Id = "P19-outbox",
            Title = "growth: bookings while messages wait for the bus",
            What = string.Create(CultureInfo.InvariantCulture, $"""
                The bookings of P11, {duration.TotalSeconds:0} s a round, while nothing is sent and 0, {sizes[1]} and {most} messages wait in the outbox. CPU time of reservations and PostgreSQL.
                The ratio is {most} messages : none.
                """),
            Unit = "µs of CPU per booking",
            WorkUnit = "booking",
            Goal = new Goal(1.1, 1.1, AtLeast: false),
            OursName = string.Create(CultureInfo.InvariantCulture, $"{most} waiting"),
            PeerName = "none waiting",
        };
        return await Growth.RunAsync(plan, options, "messages that wait", [.. sizes.Select(size => (long)size)], (size, _) => run.MeasureAsync((int)size, cancellationToken), cancellationToken);
    }

    /// <summary>An outbox of each size, put in place for its round: filling one takes longer than a round.</summary>
    private async Task FillAsync(int size, CancellationToken cancellationToken)
    {
        await stage.ExecuteAsync($"create table {Table(size)} (like reservations.outbox_messages including all)", cancellationToken);
        await stage.ExecuteAsync($"alter table {Table(size)} owner to reservations", cancellationToken);
        await OutboxRows.AddAsync(stage, Table(size), size, cancellationToken);
        await stage.ExecuteAsync($"vacuum analyze {Table(size)}", cancellationToken);
    }

    private async Task<Measured> MeasureAsync(int size, CancellationToken cancellationToken)
    {
        await stage.ExecuteAsync($"alter table reservations.outbox_messages rename to outbox_put_away; alter table {Table(size)} rename to outbox_messages", cancellationToken);
        var before = await CountAsync(cancellationToken);

        try
        {
            var measured = await load.MeasureAsync(Connections, duration, cancellationToken);
            return before >= size && await CountAsync(cancellationToken) > before
                ? measured with { Value = measured.Cpu["reservations"] + measured.Cpu["PostgreSQL"] }
                : throw new InvalidOperationException("The bookings left no rows in the outbox, or somebody sent them");
        }
        finally
        {
            await stage.ExecuteAsync($"alter table reservations.outbox_messages rename to {Table(size)["reservations.".Length..]}; alter table reservations.outbox_put_away rename to outbox_messages", CancellationToken.None);
        }
    }

    private static string Table(int size) => string.Create(CultureInfo.InvariantCulture, $"reservations.outbox_waiting_{size}");

    private Task<long> CountAsync(CancellationToken cancellationToken) => stage.CountAsync("select count(*) from reservations.outbox_messages", cancellationToken);
}
