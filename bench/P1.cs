using System.Diagnostics;
using System.Globalization;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>P1: how fast messages become rows, ours with everything against mosquitto_sub into psql with nothing.</summary>
internal sealed class P1
{
    private const int Locations = 16;
    private const int Spaces = 200;
    private const int Connections = 50;

    // A second a sample and space.
    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(1);

    private readonly Stage _stage;
    private readonly MosquittoServer _peerBroker;
    private readonly PeerDatabase _peerDatabase;
    private readonly Workload _workload;
    private readonly long _messages;
    private readonly DateTimeOffset _start;

    private P1(Stage stage, MosquittoServer peerBroker, PeerDatabase peerDatabase, IReadOnlyList<BenchSpace> spaces, RunOptions options)
    {
        (_stage, _peerBroker, _peerDatabase) = (stage, peerBroker, peerDatabase);
        _messages = options.Pick(10_000, 200_000, 600_000);
        // Device time runs on from round to round, as it would: alerts are judged in every one of them.
        _start = TimeProvider.System.GetUtcNow() - ((options.Rounds + 2) * (_messages / Spaces) * Spacing);
        _workload = new Workload(spaces, _start, Spacing);
    }

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        await using var stage = await Stage.StartAsync(cancellationToken);
        // A broker of its own, with the same configuration: neither side's session sees the other's messages.
        await using var broker = await MosquittoServer.StartAsync(new MosquittoServerOptions(), cancellationToken);
        await using var database = await PeerDatabase.CreateAsync(stage.Servers.Postgres, "create table messages (topic text, payload text)", cancellationToken);
        var spaces = await stage.AddSpacesAsync(Locations, Spaces, cancellationToken);
        var run = new P1(stage, broker, database, spaces, options);
        Comparison.Say("P1", $"{run._messages} messages a round");
        var plan = new Plan
        {
            Id = "P1",
            Title = "ingest, messages per second until the last row is committed",
            What = string.Create(CultureInfo.InvariantCulture, $"""
                {run._messages} messages of about 100 bytes JSON a round, QoS 1, {Connections} connections that pipeline, {Spaces} spaces in {Locations} locations, `max_inflight_messages 0`.
                From the first publish until the last row is committed, counted afterwards. Ours: readings, minute windows, alert states, live events, acknowledged after the
                commit, persistent sessions. Peer: `mosquitto_sub -c -q 1 -F '%t\t%p'` piped into `psql -c "copy …"`: topic and payload as text, no key, no parsing, no aggregates,
                acknowledged before anything is stored; a persistent session on a second Mosquitto of the same configuration, the same PostgreSQL.
                """),
            Unit = "messages/s",
            Goal = new Goal(1.0, 1.4, AtLeast: true),
            OursName = "ours",
            PeerName = "mosquitto_sub and psql",
        };
        return await Comparison.RunAsync(plan, options, round => run.OursAsync(round, cancellationToken), round => run.PeerAsync(round, cancellationToken), cancellationToken);
    }

    private async Task<Measured> OursAsync(int round, CancellationToken cancellationToken)
    {
        await _stage.ExecuteAsync("truncate iot.readings, iot.windows", cancellationToken);
        await _stage.ExecuteAsync("checkpoint", cancellationToken);
        var since = _start.AddMinutes(-1);
        return await MeasureAsync(
            new()
            {
                ["ours: iot-ingest"] = _stage.Platform.IotIngestProcess.Id,
                ["broker"] = _stage.Servers.Mosquitto.ProcessId,
                ["PostgreSQL"] = _stage.Servers.Postgres.ProcessId,
                ["generator"] = Environment.ProcessId,
            },
            _stage.Servers.Mosquitto.Port,
            round,
            () => Wait.UntilAsync(async () => await _stage.SamplesAsync(since, cancellationToken) >= _messages, TimeSpan.FromSeconds(120), "every message is counted in a window", cancellationToken),
            async () =>
            {
                // More than were sent would be as wrong as fewer.
                var counted = await _stage.SamplesAsync(since, cancellationToken);
                return counted == _messages
                    ? await _stage.CountAsync("select count(*) from iot.readings where at >= $1", cancellationToken, since.UtcDateTime)
                    : throw new InvalidOperationException($"{_messages} messages were sent, the windows count {counted}");
            },
            cancellationToken);
    }

    private async Task<Measured> PeerAsync(int round, CancellationToken cancellationToken)
    {
        await _peerDatabase.ExecuteAsync("truncate messages", cancellationToken);
        await _peerDatabase.ExecuteAsync("checkpoint", cancellationToken);
        var subscribe = $"mosquitto_sub -V 5 -h 127.0.0.1 -p {_peerBroker.Port.ToString(CultureInfo.InvariantCulture)} -i peer-{round.ToString(CultureInfo.InvariantCulture)} -c -x 3600 -q 1 -t sites/+/offices/+/telemetry";
        // Subscribed before anything is sent: what the pipeline is too late for waits in its session.
        var script = $"""
            set -o pipefail
            {subscribe} -E && echo subscribed
            {subscribe} -F '%t\t%p' -C {_messages.ToString(CultureInfo.InvariantCulture)} | psql -q -v ON_ERROR_STOP=1 -c "copy messages from stdin" && echo done
            sleep 600
            """;
        await using var peer = await Peer.StartAsync("bash", ["-c", script], Peer.PostgresEnvironment(_peerDatabase.ConnectionString), cancellationToken);
        await peer.SaysAsync("subscribed", TimeSpan.FromSeconds(20), cancellationToken);
        // Until the second mosquitto_sub is there; sooner would only give it a backlog.
        await Task.Delay(TimeSpan.FromSeconds(0.5), cancellationToken);
        return await MeasureAsync(
            new()
            {
                ["peer: mosquitto_sub and psql"] = peer.ProcessId,
                ["broker"] = _peerBroker.ProcessId,
                ["PostgreSQL"] = _stage.Servers.Postgres.ProcessId,
                ["generator"] = Environment.ProcessId,
            },
            _peerBroker.Port,
            round,
            () => peer.SaysAsync("done", TimeSpan.FromSeconds(120), cancellationToken),
            () => _peerDatabase.CountAsync("select count(*) from messages", cancellationToken),
            cancellationToken);
    }

    private async Task<Measured> MeasureAsync(
        Dictionary<string, int> processes, int port, int round, Func<Task> stored, Func<Task<long>> rows, CancellationToken cancellationToken)
    {
        var publisher = new Publisher(port, _workload, Connections);
        var before = CpuTime.Of(processes);
        var watch = Stopwatch.StartNew();
        var acknowledged = await publisher.RunAsync(round * _messages, _messages, rate: 0, CancellationToken.None, cancellationToken);
        await stored();
        var elapsed = watch.Elapsed;
        var used = CpuTime.Since(before, CpuTime.Of(processes));
        var counted = await rows();

        if (acknowledged != _messages || counted != _messages)
        {
            throw new InvalidOperationException($"{_messages} messages were sent, {acknowledged} acknowledged by the broker, {counted} rows stored");
        }

        return Measured.Of(_messages / elapsed.TotalSeconds, _messages, used);
    }
}
