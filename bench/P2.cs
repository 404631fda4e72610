using System.Globalization;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>P2 and P3: what a message costs at a steady rate, in the process and in PostgreSQL together, against a plain Node.js service and against Node-RED.</summary>
internal sealed class P2
{
    private const int Locations = 16;
    private const int Connections = 50;

    private readonly Stage _stage;
    private readonly PeerDatabase _peerDatabase;
    private readonly MosquittoServer _peerBroker;
    private readonly Side _peer;
    private readonly Workload _workload;
    private readonly int _devices;
    private readonly long _messages;
    private readonly DateTimeOffset _start;

    private P2(Stage stage, MosquittoServer peerBroker, PeerDatabase peerDatabase, Side peer, IReadOnlyList<BenchSpace> spaces, int devices, RunOptions options)
    {
        (_stage, _peerBroker, _peerDatabase, _peer, _devices) = (stage, peerBroker, peerDatabase, peer, devices);
        var seconds = peer.Seconds(options);
        _messages = (long)_devices * seconds;
        _start = TimeProvider.System.GetUtcNow().AddSeconds(-seconds * (options.Rounds + 2));
        _workload = new Workload(spaces, _start, TimeSpan.FromSeconds((double)spaces.Count / devices));
    }

    /// <summary>The devices of a house of many rooms: as many spaces as in P1.</summary>
    public static Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken) =>
        RunAsync(NodeJs("P2"), options.Pick(100, 200, 200), options, cancellationToken);

    /// <summary>The dearest case: each device alone in its space, so that each message is a window and a state of its own.</summary>
    public static Task<bool> RunAloneAsync(RunOptions options, CancellationToken cancellationToken) =>
        RunAsync(NodeJs("P2-alone"), options.Pick(500, 5000, 5000), options, cancellationToken);

    /// <summary>P3.</summary>
    public static Task<bool> RunNodeRedAsync(RunOptions options, CancellationToken cancellationToken) => RunAsync(
        new Side
        {
            Id = "P3",
            Title = "messages per CPU second, against Node-RED",
            Unit = "messages per CPU second",
            Goal = new Goal(8, 15, AtLeast: true),
            Name = "Node-RED",
            What = """
                Node-RED 4 (`bench/peers/node-red`): mqtt in with JSON, and a function node that inserts each message by a prepared statement through a pool of 10 connections, into a table of
                double precision metrics with a B-tree by space and time; no batches, as its PostgreSQL nodes have none.
                """,
            Folder = "node-red",
            Program = "node_modules/node-red/red.js",
            Words = _ => ["-s", "settings.js"],
            Ready = "Connected to broker",
            Seconds = options => options.Pick(2, 4, 12),
        },
        options.Pick(100, 200, 200), options, cancellationToken);

    private static Side NodeJs(string id) => new()
    {
        Id = id,
        Title = "CPU per message, ingest process and PostgreSQL",
        Unit = "µs of CPU per message",
        Goal = new Goal(0.5, 0.3, AtLeast: false),
        Name = "Node.js",
        What = """
            mqtt.js 5 and pg 8 (`bench/peers/node`), JSON.parse, multi-row insert of up to 1,000 rows or 100 ms into a table of
            double precision metrics with a B-tree by space and time; no windows, no alerts, no duplicates looked for, acknowledged on arrival.
            """,
        Folder = "node",
        Program = "ingest.js",
        Words = run => [run._peerBroker.Port.ToString(CultureInfo.InvariantCulture), run._messages.ToString(CultureInfo.InvariantCulture)],
        Ready = "ready",
        Seconds = options => options.Pick(3, 12, 30),
    };

    private static async Task<bool> RunAsync(Side peer, int count, RunOptions options, CancellationToken cancellationToken)
    {
        var folder = await NodePeer.InstallAsync(cancellationToken, peer.Folder);
        await using var stage = await Stage.StartAsync(cancellationToken);
        await using var broker = await MosquittoServer.StartAsync(new MosquittoServerOptions(), cancellationToken);
        await using var database = await PeerDatabase.CreateAsync(stage.Servers.Postgres, PeerDatabase.RawTable, cancellationToken);
        var spaces = await stage.AddSpacesAsync(Locations, count, cancellationToken);
        var run = new P2(stage, broker, database, peer with { Folder = folder }, spaces, options.Pick(500, 5000, 5000), options);
        Comparison.Say(peer.Id, $"{run._devices} devices, {run._messages} messages a round");
        var plan = new Plan
        {
            Id = peer.Id,
            Title = peer.Title,
            What = string.Create(CultureInfo.InvariantCulture, $"""
                {run._devices} devices in {count} spaces that each send once a second, QoS 1, {Connections} connections, {run._messages / run._devices} s a round. CPU time of the ingest process and of PostgreSQL, from the first
                publish until everything is committed. Peer: {peer.What}
                """),
            Unit = peer.Unit,
            Goal = peer.Goal,
            OursName = "ours",
            PeerName = peer.Name,
        };
        return await Comparison.RunAsync(plan, options, round => run.OursAsync(round, cancellationToken), round => run.PeerAsync(round, cancellationToken), cancellationToken);
    }

    private async Task<Measured> OursAsync(int round, CancellationToken cancellationToken)
    {
        await _stage.ExecuteAsync("truncate iot.readings, iot.windows", cancellationToken);
        await _stage.ExecuteAsync("checkpoint", cancellationToken);
        var since = _start.AddMinutes(-1);
        return await MeasureAsync(
            "ours: iot-ingest",
            _stage.Platform.IotIngestProcess.Id,
            _stage.Servers.Mosquitto,
            round,
            () => SettledAsync(() => _stage.SamplesAsync(since, cancellationToken), cancellationToken),
            () => _stage.CountAsync("select count(*) from iot.readings where at >= $1", cancellationToken, since.UtcDateTime),
            cancellationToken);
    }

    private async Task<Measured> PeerAsync(int round, CancellationToken cancellationToken)
    {
        await _peerDatabase.ExecuteAsync("truncate readings", cancellationToken);
        await _peerDatabase.ExecuteAsync("checkpoint", cancellationToken);
        var environment = new Dictionary<string, string?>(Peer.PostgresEnvironment(_peerDatabase.ConnectionString))
        {
            ["BROKER_PORT"] = _peerBroker.Port.ToString(CultureInfo.InvariantCulture),
            ["MESSAGES"] = _messages.ToString(CultureInfo.InvariantCulture),
            ["UI_PORT"] = Ports.Free().ToString(CultureInfo.InvariantCulture),
        };
        var words = _peer.Words(this).Select(word => word.EndsWith(".js", StringComparison.Ordinal) ? Path.Combine(_peer.Folder, word) : word);
        await using var peer = await Peer.StartAsync("node", [Path.Combine(_peer.Folder, _peer.Program), .. words], environment, cancellationToken);
        await peer.SaysAsync(_peer.Ready, TimeSpan.FromSeconds(40), cancellationToken);
        // What is connected has yet to subscribe.
        await Task.Delay(TimeSpan.FromSeconds(0.5), cancellationToken);
        return await MeasureAsync(
            $"peer: {_peer.Name}",
            peer.ProcessId,
            _peerBroker,
            round,
            () => peer.SaysAsync("done", TimeSpan.FromSeconds(90), cancellationToken),
            () => _peerDatabase.CountAsync("select count(*) from readings", cancellationToken),
            cancellationToken);
    }

    /// <summary>Asked seldom: the asking is PostgreSQL's CPU time too.</summary>
    private async Task SettledAsync(Func<Task<long>> samples, CancellationToken cancellationToken)
    {
        for (var tries = 0; await samples() < _messages; tries++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(250), cancellationToken);

            if (tries > 240)
            {
                throw new TimeoutException("Not within 60 s: every message is counted in a window");
            }
        }
    }

    private async Task<Measured> MeasureAsync(
        string name, int process, MosquittoServer broker, int round, Func<Task> stored, Func<Task<long>> rows, CancellationToken cancellationToken)
    {
        var processes = new Dictionary<string, int>
        {
            [name] = process,
            ["PostgreSQL"] = _stage.Servers.Postgres.ProcessId,
            ["broker"] = broker.ProcessId,
            ["generator"] = Environment.ProcessId,
        };
        var publisher = new Publisher(broker.Port, _workload, Connections);
        var before = CpuTime.Of(processes);
        var acknowledged = await publisher.RunAsync(round * _messages, _messages, _devices, CancellationToken.None, cancellationToken);
        await stored();
        var used = CpuTime.Since(before, CpuTime.Of(processes));
        var counted = await rows();

        if (acknowledged != _messages || counted != _messages)
        {
            throw new InvalidOperationException($"{_messages} messages were sent, {acknowledged} acknowledged by the broker, {counted} rows stored");
        }

        var cpu = used[name] + used["PostgreSQL"];
        return Measured.Of(_peer.Goal.AtLeast ? _messages / cpu : 1e6 * cpu / _messages, _messages, used);
    }

    /// <summary>Whom we are held against, and how.</summary>
    private sealed record Side
    {
        public required string Id { get; init; }

        public required string Title { get; init; }

        public required string What { get; init; }

        public required string Unit { get; init; }

        public required Goal Goal { get; init; }

        public required string Name { get; init; }

        /// <summary>Below bench/peers; once installed, where that is.</summary>
        public required string Folder { get; init; }

        public required string Program { get; init; }

        public required Func<P2, string[]> Words { get; init; }

        /// <summary>What it says once it has connected.</summary>
        public required string Ready { get; init; }

        public required Func<RunOptions, int> Seconds { get; init; }
    }
}
