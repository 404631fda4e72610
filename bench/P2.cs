using System.Globalization;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>P2: what a message costs at a steady rate, in the process and in PostgreSQL together, against a plain Node.js service.</summary>
internal sealed class P2
{
    private const int Locations = 16;
    private const int Connections = 50;

    private readonly Stage _stage;
    private readonly PeerDatabase _peerDatabase;
    private readonly MosquittoServer _peerBroker;
    private readonly string _node;
    private readonly Workload _workload;
    private readonly int _devices;
    private readonly long _messages;
    private readonly DateTimeOffset _start;

    private P2(Stage stage, MosquittoServer peerBroker, PeerDatabase peerDatabase, string node, IReadOnlyList<BenchSpace> spaces, int devices, RunOptions options)
    {
        (_stage, _peerBroker, _peerDatabase, _node, _devices) = (stage, peerBroker, peerDatabase, node, devices);
        var seconds = options.Pick(3, 12, 30);
        _messages = (long)_devices * seconds;
        _start = TimeProvider.System.GetUtcNow().AddSeconds(-seconds * (options.Rounds + 2));
        _workload = new Workload(spaces, _start, TimeSpan.FromSeconds((double)spaces.Count / devices));
    }

    /// <summary>The devices of a house of many rooms: as many spaces as in P1.</summary>
    public static Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken) =>
        RunAsync("P2", options.Pick(100, 200, 200), options, cancellationToken);

    /// <summary>The dearest case: each device alone in its space, so that each message is a window and a state of its own.</summary>
    public static Task<bool> RunAloneAsync(RunOptions options, CancellationToken cancellationToken) =>
        RunAsync("P2-alone", options.Pick(500, 5000, 5000), options, cancellationToken);

    private static async Task<bool> RunAsync(string id, int count, RunOptions options, CancellationToken cancellationToken)
    {
        var node = await NodePeer.InstallAsync(cancellationToken);
        await using var stage = await Stage.StartAsync(cancellationToken);
        await using var broker = await MosquittoServer.StartAsync(new MosquittoServerOptions(), cancellationToken);
        await using var database = await PeerDatabase.CreateAsync(stage.Servers.Postgres, PeerDatabase.RawTable, cancellationToken);
        var spaces = await stage.AddSpacesAsync(Locations, count, cancellationToken);
        var run = new P2(stage, broker, database, node, spaces, options.Pick(500, 5000, 5000), options);
        Comparison.Say(id, $"{run._devices} devices, {run._messages} messages a round");
        var plan = new Plan
        {
            Id = id,
            Title = "CPU per message, ingest process and PostgreSQL",
            What = string.Create(CultureInfo.InvariantCulture, $"""
                {run._devices} devices in {count} spaces that each send once a second, QoS 1, {Connections} connections, {run._messages / run._devices} s a round. CPU time of the ingest process and of PostgreSQL, from the first
                publish until everything is committed. Peer: mqtt.js 5 and pg 8 (`bench/peers/node`), JSON.parse, multi-row insert of up to 1,000 rows or 100 ms into a table of
                double precision metrics with a B-tree by space and time; no windows, no alerts, no duplicates looked for, acknowledged on arrival.
                """),
            Unit = "µs of CPU per message",
            Goal = new Goal(0.5, 0.3, AtLeast: false),
            OursName = "ours",
            PeerName = "Node.js",
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
        await using var peer = await Peer.StartAsync(
            "node",
            [Path.Combine(_node, "ingest.js"), _peerBroker.Port.ToString(CultureInfo.InvariantCulture), _messages.ToString(CultureInfo.InvariantCulture)],
            Peer.PostgresEnvironment(_peerDatabase.ConnectionString),
            cancellationToken);
        await peer.SaysAsync("ready", TimeSpan.FromSeconds(20), cancellationToken);
        return await MeasureAsync(
            "peer: node",
            peer.ProcessId,
            _peerBroker,
            round,
            () => peer.SaysAsync("done", TimeSpan.FromSeconds(60), cancellationToken),
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

        return Measured.Of(1e6 * (used[name] + used["PostgreSQL"]) / _messages, _messages, used);
    }
}

/// <summary>The peer's packages, installed below .local by npm as it is set up on this machine.</summary>
internal static class NodePeer
{
    /// <returns>The folder to run it from.</returns>
    public static async Task<string> InstallAsync(CancellationToken cancellationToken)
    {
        var source = Path.Combine(Repository.Root, "bench", "peers", "node");
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Root, ".local", "bench", "node")).FullName;

        foreach (var file in Directory.GetFiles(source))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }

        var stamp = Path.Combine(folder, "node_modules", ".package-lock.json");

        if (!File.Exists(stamp) || File.GetLastWriteTimeUtc(stamp) < File.GetLastWriteTimeUtc(Path.Combine(source, "package-lock.json")))
        {
            await Peer.RunAsync("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund", "--silent"], TimeSpan.FromMinutes(5), cancellationToken);
        }

        return folder;
    }
}
