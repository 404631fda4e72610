using System.Diagnostics;
using System.Globalization;

namespace Coworking.Bench;

/// <summary>P11: bookings per second over HTTP, with every rule, against pgbench that only inserts the row.</summary>
internal static class P11
{
    private const int Spaces = 1000;
    private const int Connections = 16;
    private const double MostMiB = 250;

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var seconds = options.Pick(3, 10, 20);
        await using var stage = await Stage.StartAsync(cancellationToken);
        var load = await BookingLoad.PrepareAsync(stage, Spaces, cancellationToken);
        // The hours that pgbench takes are far from those that we take.
        await stage.ExecuteAsync($"""
            create schema bench;
            create sequence bench.slots;
            create table bench.spaces as select row_number() over (order by id) - 1 as no, id, location_id from reservations.spaces where name like 'Bench %';
            alter table bench.spaces add primary key (no);
            analyze bench.spaces;
            """, cancellationToken);
        await load.RunAsync(Connections, TimeSpan.FromSeconds(options.Pick(2, 15, 15)), cancellationToken);
        var plan = new Plan
        {
            Id = "P11",
            Title = "bookings per second",
            What = string.Create(CultureInfo.InvariantCulture, $"""
                `POST /api/v1/bookings` at reservations over {Connections} connections, {seconds} s a round, {Spaces} spaces in 16 locations, each booking a slot and a client of its own, each with an `Idempotency-Key`; all rules, the weekly
                quota, the outbox and its way to RabbitMQ included. Peer: `pgbench -c {Connections} -M prepared` inserting the same row into the same table with the same constraints and indices, one statement a
                transaction and nothing else. What our round leaves to be done is done before the peer's begins.
                """),
            Unit = "bookings/s",
            WorkUnit = "booking",
            Goal = new Goal(0.35, 0.60, AtLeast: true),
            OursName = "ours",
            PeerName = "pgbench",
        };
        var held = await Comparison.RunAsync(
            plan,
            options,
            _ => load.MeasureAsync(Connections, TimeSpan.FromSeconds(seconds), cancellationToken),
            async _ =>
            {
                await load.SettleAsync(cancellationToken);
                return await PeerAsync(stage, seconds, cancellationToken);
            },
            cancellationToken);
        var peak = ProcessUsage.Of(stage.Platform.ReservationsProcess.Id).PeakMiB;
        Comparison.Say("P11", string.Create(CultureInfo.InvariantCulture, $"reservations took {peak:0} MiB at most, must stay below {MostMiB:0}"));
        return held && peak < MostMiB;
    }

    private static async Task<Measured> PeerAsync(Stage stage, int seconds, CancellationToken cancellationToken)
    {
        const string Insert = """
            insert into reservations.bookings (id, space_id, location_id, client_email, client_email_key, booking_date, start_time, end_time, blocked_from, blocked_until, week_start, status, created_at, updated_at)
            select gen_random_uuid(), s.id, s.location_id, 'client-' || n || '@example.net', 'client-' || n || '@example.net', (t - interval '1 day')::date, t, t + interval '1 hour', t, t + interval '1 hour',
                date_trunc('week', t)::date, 'confirmed', now(), now()
            from (select n, timestamptz '2100-01-04 00:00Z' + n / 1000 * interval '1 hour' as t from nextval('bench.slots') n) as slot join bench.spaces s on s.no = slot.n % 1000;
            """;
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Insert.ReplaceLineEndings(" "), cancellationToken);
        await stage.ExecuteAsync("checkpoint", cancellationToken);
        var before = await stage.CountAsync("select count(*) from reservations.bookings", cancellationToken);
        var processes = new Dictionary<string, int> { ["PostgreSQL"] = stage.Servers.Postgres.ProcessId };
        var cpu = CpuTime.Of(processes);
        var watch = Stopwatch.StartNew();
        var script = string.Create(CultureInfo.InvariantCulture, $"PATH=$PATH:/usr/lib/postgresql/15/bin; pgbench -n -M prepared -c {Connections} -j 2 -T {seconds} -f {file} && echo done; sleep 60");
        await using var peer = await Peer.StartAsync("bash", ["-c", script], Peer.PostgresEnvironment(stage.Servers.Postgres.ConnectionString("coworking", "postgres")), cancellationToken);
        await peer.SaysAsync("done", TimeSpan.FromSeconds(seconds + 30), cancellationToken);
        var used = CpuTime.Since(cpu, CpuTime.Of(processes));
        File.Delete(file);
        var rows = await stage.CountAsync("select count(*) from reservations.bookings", cancellationToken) - before;
        // pgbench's own figure leaves out the time of connecting.
        var tps = peer.Said().Split('\n').First(line => line.StartsWith("tps = ", StringComparison.Ordinal)).Split(' ')[2];
        return rows > 0
            ? Measured.Of(double.Parse(tps, CultureInfo.InvariantCulture), rows, used)
            : throw new InvalidOperationException($"pgbench inserted nothing in {watch.Elapsed.TotalSeconds:0} s: {peer.Said()}");
    }
}
