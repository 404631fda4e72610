using System.Globalization;
using Coworking.Local;

namespace Coworking.Bench;

/// <summary>P5: bytes from a socket to readings in minute windows, without a database, against libmosquitto's bare callback.</summary>
internal static class P5
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task<bool> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        var messages = options.Pick(50_000L, 1_000_000L, 3_000_000L);
        // Both processes begin cold in every round: what the compiler does in ours belongs to the start.
        var warming = options.Pick(50_000L, 300_000L, 300_000L);
        var callback = await CompileAsync(cancellationToken);
        await using var broker = new ReplayBroker();
        var port = broker.Start().ToString(CultureInfo.InvariantCulture);
        var count = (warming + messages).ToString(CultureInfo.InvariantCulture);
        string[] ours = [Environment.ProcessPath!, .. Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? new[] { typeof(P5).Assembly.Location } : [], P5Client.Verb, port, count];
        var plan = new Plan
        {
            Id = "P5",
            Title = "decode and window in memory, messages per second of one core",
            What = string.Create(CultureInfo.InvariantCulture, $"""
                The same bytes to both, by one fake broker on a local socket: {messages} PUBLISH packets of MQTT 5, QoS 1, about 200 bytes, at most {ReplayBroker.Window} unacknowledged.
                Messages per second of the client's own CPU time, after {warming} that are not counted. Ours: Coworking.Mqtt's connection, topic, JSON decoding with every check, sorting
                and minute windows per batch of 5,000 in memory, acknowledged per batch, all with the service's own classes, without its queue and store. Peer: libmosquitto's
                `mosquitto_loop` with a callback that counts messages and bytes and nothing else; it acknowledges each at once.
                """),
            Unit = "messages/s of CPU time",
            Goal = new Goal(1.0, 2.0, AtLeast: true),
            OursName = "ours",
            PeerName = "libmosquitto",
        };
        return await Comparison.RunAsync(
            plan,
            options,
            _ => MeasureAsync("ours", ours, broker, warming, messages, cancellationToken),
            _ => MeasureAsync("peer", [callback, port, count], broker, warming, messages, cancellationToken),
            cancellationToken);
    }

    private static async Task<Measured> MeasureAsync(string name, string[] command, ReplayBroker broker, long warming, long messages, CancellationToken cancellationToken)
    {
        await using var client = await Peer.StartAsync(command[0], command[1..], new Dictionary<string, string?>(), cancellationToken);
        var processes = new Dictionary<string, int> { [name] = client.ProcessId, ["generator"] = Environment.ProcessId };
        await broker.SubscribedAsync(Limit, cancellationToken);
        await broker.ReplayAsync(warming, cancellationToken).WaitAsync(Limit, cancellationToken);
        var before = CpuTime.Of(processes);
        await broker.ReplayAsync(messages, cancellationToken).WaitAsync(Limit, cancellationToken);
        await client.SaysAsync("done", Limit, cancellationToken);
        var used = CpuTime.Since(before, CpuTime.Of(processes));
        return Measured.Of(messages / used[name], messages, used);
    }

    private static async Task<string> CompileAsync(CancellationToken cancellationToken)
    {
        var program = Path.Combine(Directory.CreateDirectory(Path.Combine(Repository.Root, ".local", "bench")).FullName, "callback");
        var source = Path.Combine(Repository.Root, "bench", "peers", "c", "callback.c");
        await Peer.RunAsync("gcc", ["-O2", "-o", program, source, "-lmosquitto"], TimeSpan.FromSeconds(60), cancellationToken);
        return program;
    }
}
