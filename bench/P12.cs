using System.Globalization;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>P12: bookings per second over HTTP, against a service in Node.js that keeps the same rules by SERIALIZABLE transactions.</summary>
internal sealed class P12
{
    private const int Spaces = 1000;
    private const int Connections = 16;

    private readonly Stage _stage;
    private readonly BookingLoad _ours;
    private readonly BookingLoad _theirs;
    private readonly PeerDatabase _database;
    private readonly Proxy _peer;
    private readonly TimeSpan _duration;

    private P12(Stage stage, BookingLoad ours, PeerDatabase database, Proxy peer, TimeSpan duration) =>
        (_stage, _ours, _theirs, _database, _peer, _duration) = (stage, ours, ours.At(peer.Address), database, peer, duration);

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var node = await NodePeer.InstallAsync(cancellationToken);
        await using var stage = await Stage.StartAsync(cancellationToken);
        var load = await BookingLoad.PrepareAsync(stage, Spaces, cancellationToken);
        await using var database = await PeerDatabase.CreateAsync(stage.Servers.Postgres, "drop schema reservations", cancellationToken);
        await CopyAsync(database, cancellationToken);
        var port = Ports.Free();
        var environment = new Dictionary<string, string?>(Peer.PostgresEnvironment(database.ConnectionString)) { ["NODE_ENV"] = "production" };
        await using var peer = await Proxy.StartAsync(
            port, ["node", Path.Combine(node, "bookings.js"), port.ToString(CultureInfo.InvariantCulture), stage.Servers.Rabbit.Uri().AbsoluteUri], new Dictionary<string, string>(), environment, beside: null, cancellationToken);
        var run = new P12(stage, load, database, peer, TimeSpan.FromSeconds(options.Pick(3, 10, 20)));
        load.MustKeepRules();
        run._theirs.MustKeepRules();
        await load.RunAsync(Connections, TimeSpan.FromSeconds(options.Pick(2, 10, 15)), cancellationToken);
        var plan = new Plan
        {
            Id = "P12",
            Title = "bookings per second, against Node.js",
            What = string.Create(CultureInfo.InvariantCulture, $"""
                The bookings of P11 over {Connections} connections, {run._duration.TotalSeconds:0} s a round. Peer: fastify 5 and pg 8 (`bench/peers/node/bookings.js`), one process, a pool of 16 connections, named prepared statements, a
                transaction of four round trips at SERIALIZABLE that is tried again after 40001: begin, one question for all that the rules ask, one statement for booking, notice, outbox row and kept answer, commit.
                The same tables with the same constraints and indices, in a database of its own on the same PostgreSQL; its outbox goes to a quorum queue, confirmed in windows of 1,000 (amqplib). It makes no mails of
                its notices and checks no signature of who calls. Both were asked before whether they keep the rules. All that is left behind a round is settled before the next one.
                """),
            Unit = "bookings/s",
            WorkUnit = "booking",
            Goal = new Goal(2.0, 3.0, AtLeast: true),
            OursName = "ours",
            PeerName = "fastify",
        };
        return await Comparison.RunAsync(plan, options, _ => run.OursAsync(cancellationToken), _ => run.PeerAsync(cancellationToken), cancellationToken);
    }

    /// <summary>Tables, constraints and indices as ours, and the spaces.</summary>
    private static async Task CopyAsync(PeerDatabase database, CancellationToken cancellationToken)
    {
        const string Script = "PATH=$PATH:/usr/lib/postgresql/15/bin; set -o pipefail; pg_dump -n reservations coworking | psql -q -v ON_ERROR_STOP=1 && { echo copied; sleep 60; }";
        await using var copy = await Peer.StartAsync("bash", ["-c", Script], Peer.PostgresEnvironment(database.ConnectionString), cancellationToken);
        await copy.SaysAsync("copied", TimeSpan.FromSeconds(30), cancellationToken);
        await database.ExecuteAsync("analyze reservations.spaces", cancellationToken);
    }

    private async Task<Measured> OursAsync(CancellationToken cancellationToken)
    {
        var measured = await _ours.MeasureAsync(Connections, _duration, cancellationToken);
        // What they still have to do would be the peer's burden.
        await _ours.SettleAsync(cancellationToken);
        return measured;
    }

    private async Task<Measured> PeerAsync(CancellationToken cancellationToken)
    {
        await _database.ExecuteAsync("checkpoint", cancellationToken);
        var processes = new Dictionary<string, int>
        {
            ["fastify"] = _peer.ProcessId,
            ["PostgreSQL"] = _stage.Servers.Postgres.ProcessId,
            ["generator"] = Environment.ProcessId,
        };
        var stored = await StoredAsync(cancellationToken);
        var before = CpuTime.Of(processes);
        var (rate, count) = await _theirs.RunAsync(Connections, _duration, cancellationToken);
        var used = CpuTime.Since(before, CpuTime.Of(processes));

        if (await StoredAsync(cancellationToken) - stored is var rows && rows != 3 * count)
        {
            throw new InvalidOperationException($"{count} bookings were taken by the peer; bookings, notices and kept answers are {rows}");
        }

        await Wait.UntilAsync(
            async () => await _database.CountAsync("select count(*) from reservations.outbox_messages", cancellationToken) == 0, TimeSpan.FromSeconds(60), "the peer's outbox is empty", cancellationToken);
        return Measured.Of(rate, count, used);
    }

    private Task<long> StoredAsync(CancellationToken cancellationToken) => _database.CountAsync(
        "select (select count(*) from reservations.bookings) + (select count(*) from reservations.notices) + (select count(*) from reservations.idempotency_keys)", cancellationToken);
}
