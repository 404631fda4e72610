using System.Globalization;
using System.Net;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>P4: how long it takes from a publish until the stream shows it, the slowest hundredth; and how soon after its commit an alert is shown.</summary>
internal sealed class P4
{
    private const int Locations = 16;
    private const int Connections = 50;

    private readonly Stage _stage;
    private readonly MosquittoServer _peerBroker;
    private readonly PeerDatabase _peerDatabase;
    private readonly Uri _peer;
    private readonly int _peerProcess;
    private readonly List<BenchSpace> _spaces;
    private readonly LiveAlerts _alerts;
    private readonly int _rate;
    private readonly long _messages;

    private P4(Stage stage, MosquittoServer peerBroker, PeerDatabase peerDatabase, Proxy peer, List<BenchSpace> spaces, LiveAlerts alerts, int rate, long messages)
    {
        (_stage, _peerBroker, _peerDatabase, _peer, _peerProcess) = (stage, peerBroker, peerDatabase, peer.Address, peer.ProcessId);
        (_spaces, _alerts, _rate, _messages) = (spaces, alerts, rate, messages);
    }

    private TimeSpan Spacing => TimeSpan.FromSeconds((double)_spaces.Count / _rate);

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var node = await NodePeer.InstallAsync(cancellationToken);
        await using var stage = await Stage.StartAsync(cancellationToken);
        await using var broker = await MosquittoServer.StartAsync(new MosquittoServerOptions(), cancellationToken);
        await using var database = await PeerDatabase.CreateAsync(stage.Servers.Postgres, PeerDatabase.RawTable, cancellationToken);
        var port = Ports.Free();
        var environment = new Dictionary<string, string?>(Peer.PostgresEnvironment(database.ConnectionString)) { ["NODE_ENV"] = "production" };
        string[] command = ["node", Path.Combine(node, "live.js"), broker.Port.ToString(CultureInfo.InvariantCulture), port.ToString(CultureInfo.InvariantCulture)];
        await using var peer = await Proxy.StartAsync(port, command, new Dictionary<string, string>(), environment, beside: null, cancellationToken);
        var spaces = await stage.AddSpacesAsync(Locations, options.Pick(100, 200, 200), cancellationToken);
        await using var alerts = await LiveAlerts.StartAsync(stage, options.Rounds + 1, cancellationToken);
        var (rate, seconds) = (options.Pick(500, 5000, 5000), options.Pick(3, 10, 30));
        var run = new P4(stage, broker, database, peer, spaces, alerts, rate, (long)rate * seconds);
        var plan = new Plan
        {
            Id = "P4",
            Title = "from a publish to the stream, p99",
            What = string.Create(CultureInfo.InvariantCulture, $"""
                {rate} devices in {spaces.Count} spaces that each send once a second, QoS 1, {Connections} connections, {seconds} s a round: about half of what the slower side can take here. Per message from the moment at which it was due
                until a reader of its location's stream has it, or a newer one of its space: a stream tells states. Peer: mqtt.js 5, pg 8 and fastify 5 (`bench/peers/node/live.js`): rows of up to 1,000 or 100 ms in one prepared
                insert as in P2, each pushed after the commit; no windows, no alerts, no duplicates looked for. Every message must have been seen and be stored. In each of our rounds {LiveAlerts.PerRound} alerts open as well.
                """),
            Unit = "ms, p99",
            Goal = new Goal(1.5, 1.0, AtLeast: false),
            OursName = "ours",
            PeerName = "Node.js",
        };
        var held = await Comparison.RunAsync(plan, options, round => run.OursAsync(round, cancellationToken), _ => run.PeerAsync(cancellationToken), cancellationToken);
        return await alerts.JudgeAsync(options, cancellationToken) && held;
    }

    private async Task<Measured> OursAsync(int round, CancellationToken cancellationToken)
    {
        await _stage.ExecuteAsync("truncate iot.readings, iot.windows", cancellationToken);
        await _stage.ExecuteAsync("checkpoint", cancellationToken);
        var sending = _alerts.SendAsync(round, cancellationToken);
        var measured = await MeasureAsync(
            "ours: iot-ingest",
            _stage.Platform.IotIngestProcess.Id,
            _stage.Servers.Mosquitto,
            location => _stage.Question($"/api/v1/iot/stream?events=telemetry&locationId={location}"),
            start => _stage.CountAsync(
                "select count(*) from iot.readings r join iot.spaces s on s.key = r.space_key where r.at >= $1 and s.id = any($2)", cancellationToken, start.UtcDateTime, _spaces.Select(space => space.Id).ToArray()),
            cancellationToken);
        await sending;
        return measured;
    }

    private async Task<Measured> PeerAsync(CancellationToken cancellationToken)
    {
        await _peerDatabase.ExecuteAsync("truncate readings", cancellationToken);
        await _peerDatabase.ExecuteAsync("checkpoint", cancellationToken);
        return await MeasureAsync(
            "peer: node",
            _peerProcess,
            _peerBroker,
            location => new HttpRequestMessage(HttpMethod.Get, new Uri(_peer, $"/sub?locationId={location}")),
            _ => _peerDatabase.CountAsync("select count(*) from readings", cancellationToken),
            cancellationToken);
    }

    private async Task<Measured> MeasureAsync(
        string name, int process, MosquittoServer broker, Func<Guid, HttpRequestMessage> ask, Func<DateTimeOffset, Task<long>> rows, CancellationToken cancellationToken)
    {
        var processes = new Dictionary<string, int>
        {
            [name] = process,
            ["PostgreSQL"] = _stage.Servers.Postgres.ProcessId,
            ["broker"] = broker.ProcessId,
            ["generator and readers"] = Environment.ProcessId,
        };
        var workload = new Workload(_spaces, TimeProvider.System.GetUtcNow(), Spacing);
        await using var readers = new LiveReaders(workload, Spacing, _messages);

        foreach (var location in _spaces.Select(space => space.LocationId).Distinct())
        {
            using var request = ask(location);
            await readers.OpenAsync(request, cancellationToken);
        }

        var publisher = new Publisher(broker.Port, workload, Connections);
        var before = CpuTime.Of(processes);
        var acknowledged = await publisher.RunAsync(0, _messages, _rate, CancellationToken.None, cancellationToken);
        await readers.SeenAsync(cancellationToken);
        var used = CpuTime.Since(before, CpuTime.Of(processes));
        var stored = await rows(workload.TimeOf(0));

        if (acknowledged != _messages || stored != _messages)
        {
            throw new InvalidOperationException($"{_messages} messages were sent, {acknowledged} acknowledged by the broker, {stored} rows stored");
        }

        var latencies = readers.Latencies(publisher.Started, _rate, Connections);
        var p99 = latencies[(int)(0.99 * (latencies.Length - 1))];
        Comparison.Say("P4", string.Create(CultureInfo.InvariantCulture, $"{name}: p50 {latencies[latencies.Length / 2]:0} ms, p99 {p99:0} ms, most {latencies[^1]:0} ms"));
        return Measured.Of(p99, _messages, used);
    }
}
