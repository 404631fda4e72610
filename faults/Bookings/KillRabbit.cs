using System.Diagnostics;
using System.Globalization;
using Coworking.Bench;
using Coworking.Local;

namespace Coworking.Faults.Bookings;

/// <summary>R4: RabbitMQ is killed again and again while people book and alerts open.</summary>
internal static class KillRabbit
{
    private const string Placed = "coworking:booking-placed";
    private const string Opened = "coworking:alert-opened";
    private const int Rate = 100;
    private const int LeastPercent = 95;

    // Device time runs twenty times as fast as ours: minutes are enough for alerts to open and close.
    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    public static async Task<bool> RunAsync(FaultOptions options, CancellationToken cancellationToken)
    {
        var kills = options.Repeat ?? (options.Small ? 3 : 20);
        var (random, run) = (new Random(options.Seed), new FaultRun("R4", "RabbitMQ killed while people book and alerts open", options));
        await using var stage = await Stage.StartAsync(cancellationToken, usual => usual with { ExtraEnvironment = BookingSide.WideOpen });
        var met = await stage.AddSpacesAsync(16, 200, cancellationToken);
        await using var ear = await BusEar.OpenAsync(stage.Servers.Rabbit.Uri(), new() { [Placed] = "booking", [Opened] = "alert" });
        using var side = await BookingSide.AtGatewayAsync(stage, cancellationToken);
        var spaces = await BookingSide.AddSpacesAsync(stage, 50, cancellationToken);
        var workload = new Workload(met, TimeProvider.System.GetUtcNow().AddHours(-24), Spacing);
        await using var fleet = await Devices.StartAsync(stage.Servers.Mosquitto.Port, workload, 400, cancellationToken);
        await using var flow = new BookingFlow(side, spaces, Rate, cancellationToken);
        run.Say($"{Rate} bookings/s, {kills} kills, seed {options.Seed}");
        await Task.Delay(TimeSpan.FromSeconds(5), cancellationToken);
        var (away, awaySeconds, calm, calmSeconds, since) = (0, 0.0, 0, 0.0, flow.Seconds);

        for (var kill = 1; kill <= kills; kill++)
        {
            await Task.Delay(TimeSpan.FromSeconds(0.5 + random.NextDouble()), cancellationToken);
            var (at, from, killed) = (run.Seconds, flow.Seconds, Stopwatch.GetTimestamp());
            (calm, calmSeconds) = (calm + flow.GrantedBetween(since, from), calmSeconds + from - since);
            await stage.Servers.Rabbit.KillAsync(cancellationToken);
            await Task.Delay(TimeSpan.FromSeconds(random.NextDouble()), cancellationToken);
            await stage.Servers.Rabbit.RestartAsync(cancellationToken);
            var (ready, deliveries) = (Stopwatch.GetElapsedTime(killed).TotalSeconds, ear.Deliveries);
            (away, awaySeconds, since) = (away + flow.GrantedBetween(from, flow.Seconds), awaySeconds + flow.Seconds - from, flow.Seconds);
            await Wait.UntilAsync(() => Task.FromResult(ear.Deliveries > deliveries), Limit, "the bus is heard again", cancellationToken);
            var heard = Stopwatch.GetElapsedTime(killed).TotalSeconds;
            await Wait.UntilAsync(async () => await WaitingAsync(stage, cancellationToken) < Rate, Limit, "the outbox has been emptied", cancellationToken);
            run.Add(new Fault($"kill {kill}", at, ready, heard, Stopwatch.GetElapsedTime(killed).TotalSeconds));
        }

        await flow.StopAsync();
        var ledger = new Ledger();
        ledger.Add(workload, await fleet.StopAsync());
        var percent = (long)Math.Round(100 * away / (awaySeconds * Rate));
        var checks = await ChecksAsync(stage, ear, flow, ledger, cancellationToken);
        checks.Insert(0, new Check($"bookings/s granted while the bus is away, % of {Rate}, at least {LeastPercent}", LeastPercent, percent, Math.Max(0, LeastPercent - percent), 0));
        var what = string.Create(CultureInfo.InvariantCulture, $"""
            {Rate} bookings/s through the gateway and 400 readings/s of 200 devices, ten of which have bad air for six of ten minutes of their time, while RabbitMQ is killed (SIGKILL) {kills} times and started again. Of
            {awaySeconds:0} s without the bus {away:#,0} bookings, of {calmSeconds:0} s with it {calm:#,0}. A plain AMQP client with a durable queue writes down what it hears: {ear.Deliveries:#,0} deliveries, copies of one message among them;
            twice is a second message of one booking or alert. `first` is from the kill until the bus is heard again, `every` until the outboxes are empty.
            """);
        return await run.ConcludeAsync(new Verdict(checks), what, fault => Math.Max(0, fault.First - fault.Ready!.Value), null, cancellationToken);
    }

    private static async Task<List<Check>> ChecksAsync(Stage stage, BusEar ear, BookingFlow flow, Ledger ledger, CancellationToken cancellationToken)
    {
        var (granted, sick) = (flow.Granted.ToArray(), ledger.Alerts.Select(alert => alert.Space).Distinct().ToArray());
        Task<long> AlertsAsync() => stage.CountAsync("select count(*) from iot.alerts where kind = 'CO2' and space_id = any($1)", cancellationToken, sick);
        Task<long> ScheduleAsync() => stage.CountAsync("select count(*) from iot.bookings where id = any($1)", cancellationToken, granted);
        Task<long> NoticesAsync() => stage.CountAsync(
            "select count(*) from reservations.notices n join iot.alerts a on n.key = 'alert/' || a.id || '/opened' where a.kind = 'CO2' and a.space_id = any($1)", cancellationToken, sick);
        await Quietly(Wait.UntilAsync(
            async () => await AlertsAsync() >= ledger.Alerts.Count && await WaitingAsync(stage, cancellationToken) == 0, Limit, "all alerts are open, and all is said", cancellationToken));
        var alerts = await AlertsAsync();
        await Quietly(Wait.UntilAsync(
            async () => ear.Told(Placed).Count >= granted.Length && ear.Told(Opened).Count >= alerts && await ScheduleAsync() >= granted.Length && await NoticesAsync() >= alerts,
            Limit, "all is heard", cancellationToken));
        var (placed, opened) = (ear.Told(Placed), ear.Told(Opened));
        var stored = await stage.CountAsync("select count(*) from reservations.bookings where id = any($1)", cancellationToken, granted);
        var (schedule, notices) = (await ScheduleAsync(), await NoticesAsync());
        var refused = flow.Answers.Where(answer => answer.Key != "201").ToList();
        return
        [
            new Check($"bookings refused or not answered{string.Concat(refused.Take(3).Select(answer => $", {answer.Value} × {answer.Key}"))}", 0, refused.Sum(answer => answer.Value), refused.Sum(answer => answer.Value), 0),
            new Check("bookings granted, and stored", granted.Length, stored, granted.Length - stored, 0),
            new Check("BookingPlaced heard, of bookings granted", granted.Length, placed.Count, granted.Count(id => !placed.ContainsKey(id)), placed.Values.Count(count => count > 1)),
            new Check("bookings in iot-ingest's schedule", stored, schedule, stored - schedule, 0),
            new Check("CO2 alerts, by what the devices sent", ledger.Alerts.Count, alerts, Math.Max(0, ledger.Alerts.Count - alerts), Math.Max(0, alerts - ledger.Alerts.Count)),
            new Check("AlertOpened heard", alerts, opened.Count, Math.Max(0, alerts - opened.Count), opened.Values.Count(count => count > 1)),
            new Check("notices of alerts at reservations, opened", alerts, notices, Math.Max(0, alerts - notices), Math.Max(0, notices - alerts)),
        ];
    }

    // Where something is lost the counts say what.
    private static async Task Quietly(Task waiting)
    {
        try
        {
            await waiting;
        }
        catch (TimeoutException e)
        {
            Console.WriteLine(e.Message);
        }
    }

    private static Task<long> WaitingAsync(Stage stage, CancellationToken cancellationToken) =>
        stage.CountAsync("select (select count(*) from reservations.outbox_messages) + (select count(*) from iot.outbox_messages)", cancellationToken);
}
